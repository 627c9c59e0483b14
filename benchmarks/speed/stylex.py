"""AttFind screened by gradients beside asking about every coordinate: the same generator, classifier and images.

On a CPU seconds are of the processor, so that other programs on the machine do not count.
"""

import time
from collections.abc import Iterator
from dataclasses import dataclass

import pandas as pd
import torch
from torch import Tensor

from benchmarks.datasets import digits
from benchmarks.embedded import PREPARATION, EmbeddedTraining, embedded_default
from benchmarks.stylex import restrict, samples_data
from xai.stylex import (
    Architecture,
    Attribute,
    Ends,
    LogOdds,
    Screening,
    Search,
    StyleClassifier,
    StylExTraining,
    TrainingRecipe,
    search_attributes,
)
from xai.stylex.networks import Networks, draw_weights

__all__ = ["measure_stylex"]

_COUNT = 10
_IMAGES = 96  # of each class of the small, trained system; all are searched both ways
_RECIPE = TrainingRecipe(steps=300, batch_size=16)  # a half-trained generator has as many coordinates
_CLASSES = ("0", "8")
# 2,176 coordinates, as many as generators of the original's kind have, in maps small enough for a CPU to search.
_WIDE = Architecture(side=8, channels=(128, 128), convolutions=(14, 1), trunk=(32,))
_WIDE_IMAGES = 250  # of the original's notebook
_WIDE_EXACT = 4  # images that are searched in full; the time of all is in proportion
# What stands for the full search where that takes hours: every pair is asked about on four times as many images, and
# measured on more unless it gains less than half of what is chosen there. Gradients decide little of it.
_THOROUGH = Screening(pairs=128, checked=16, suspicion=0.5)


@dataclass(frozen=True, kw_only=True)
class _Case:
    """What is searched.

    Attributes:
        name: for people.
        asked: decoder and classifier.
        styles: (N, S), all of which are searched.
        ends: where to.
        exact: how many of them are searched in full.
    """

    name: str
    asked: StyleClassifier
    styles: Tensor
    ends: Ends
    exact: int


def measure_stylex(device: torch.device) -> Iterator[pd.DataFrame]:
    """Search small trained and wide random generators, screened and in full.

    Yields:
        A row a search: coordinates, images, recall of the ten attributes that the full search finds, images decoded
        and classified, and seconds. Where the full search is of fewer images, its time is scaled to all, and recall is
        of what a more thorough screening of all images finds.
    """
    for case in (*_trained(device), _random(device)):
        yield pd.DataFrame([_compared(case)])


def _compared(case: _Case) -> dict[str, object]:
    few = case.styles[: case.exact]
    screened, seconds = _timed(case, case.styles, Screening())
    exact, exact_seconds = _timed(case, few, None)
    whole = len(few) == len(case.styles)
    wanted = exact if whole else _timed(case, case.styles, _THOROUGH)[0]
    scale = len(case.styles) / len(few)
    return {
        "search": case.name,
        "coordinates": len(case.ends),
        "images": len(case.styles),
        "recall_at_10": _recall(screened.attributes, wanted.attributes),
        "of": "full" if whole else "thorough",
        "in_full": len(few),
        "calls": screened.effects.calls,
        "exact_calls": int(exact.effects.calls * scale),
        "fewer_calls": exact.effects.calls * scale / screened.effects.calls,
        "seconds": seconds,
        "exact_seconds": exact_seconds * scale,
        "ratio": exact_seconds * scale / seconds,
        "fallback": screened.effects.fallback,
    }


def _timed(case: _Case, styles: Tensor, screening: Screening | None) -> tuple[Search, float]:
    clock = time.process_time if styles.device.type == "cpu" else time.perf_counter
    start = clock()
    found = search_attributes(case.asked, styles, case.ends, target=1, count=_COUNT, screening=screening)
    return found, clock() - start  # the choice waits for a GPU


def _recall(found: list[Attribute], wanted: list[Attribute]) -> float:
    """Share of the wanted attributes that were found, whatever their order."""
    pairs = {(one.coordinate, one.direction) for one in found}
    return sum((one.coordinate, one.direction) in pairs for one in wanted) / len(wanted)


def _trained(device: torch.device) -> Iterator[_Case]:
    """A small generator of the embedded digits, both ways."""
    whole, _ = embedded_default(EmbeddedTraining())
    model = restrict(whole, _CLASSES)
    names = {name: name for name in _CLASSES}
    data = samples_data(digits(), PREPARATION, names=names, class_names=_CLASSES, side=32)
    classifier = model.classifier.to(device)
    system = StylExTraining(classifier, data.images, architecture=Architecture(), recipe=_RECIPE, device=device).run()
    styles, view = system.styles(data.images), LogOdds(system.classifier, label=1)
    for name, side in ((_CLASSES[1], view), (_CLASSES[0], view.reversed())):
        asked = StyleClassifier(decode=system.decode, classifier=side)
        others = styles[asked.logits(styles).argmax(1) == 0][:_IMAGES]
        case = f"small, trained, towards {name}"
        yield _Case(name=case, asked=asked, styles=others, ends=Ends.of(styles), exact=len(others))


def _random(device: torch.device) -> _Case:
    """A generator of many coordinates and a classifier, both with seeded weights, that finds half of its images."""
    generator = torch.Generator().manual_seed(0)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        networks, reader = Networks(_WIDE), _reader()
    draw_weights(networks, generator)
    latents = torch.randn(2 * _WIDE_IMAGES, _WIDE.latent, generator=generator).to(device)
    for network in (networks, reader):
        network.eval().to(device).requires_grad_(requires_grad=False)
    with torch.no_grad():
        styles = networks.generator.styles(latents)
        middle = reader(networks.generator(styles)).median()

    def classifier(images: Tensor) -> Tensor:
        odds = (reader(images) - middle)[:, 0]
        return torch.stack([torch.zeros_like(odds), odds], 1)

    asked = StyleClassifier(decode=networks.generator, classifier=classifier)
    others = styles[asked.logits(styles).argmax(1) == 0][:_WIDE_IMAGES]
    return _Case(name="wide, random", asked=asked, styles=others, ends=Ends.of(styles), exact=_WIDE_EXACT)


def _reader() -> torch.nn.Module:
    """One logit from images of 8 pixels."""
    convolution = torch.nn.Conv2d(3, 32, 3)
    return torch.nn.Sequential(convolution, torch.nn.ReLU(), torch.nn.Flatten(), torch.nn.Linear(32 * 36, 1))
