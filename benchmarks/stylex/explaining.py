"""A trained StylEx taken apart: what speaks for one class, measured on images that nothing was chosen on.

The search sees images of the training; whatever is reported is of held-out ones. Attributes are groups of style
coordinates, each a cause as far as the grouping can tell; single coordinates, as AttFind chooses them, stand beside.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from benchmarks.stylex.data import StylexData
from xai.stylex import (
    Ends,
    Group,
    LogOdds,
    Move,
    Screening,
    Search,
    StyleClassifier,
    StylEx,
    Sufficiency,
    Verdicts,
    find_groups,
    judge_shifts,
    normalised_difference,
    random_shifts,
    search_attributes,
    sufficiency,
)

__all__ = ["METHODS", "Curves", "ExplainSetting", "Explained", "explain_system"]

METHODS = ("groups", "coordinates", "normalised_difference", "random")
"""Whose sufficiency is compared: ours, AttFind's single coordinates, Wu et al., and the control."""

_EXEMPLARS = 0.1  # of the searched images, for the baseline: the original's 2 % of so few would be a handful

Curves = dict[tuple[str, str], Sufficiency]
"""By method and way, ``towards`` the class or ``away`` from it; the curve is always the ``towards`` of the result."""


@dataclass(frozen=True, kw_only=True)
class ExplainSetting:
    """What is asked of a StylEx.

    Attributes:
        label: position of the class that is explained.
        searched: images of the training that are searched.
        population: images of the training, those searched among them, that tell how coordinates move together.
        judged: held-out images that everything is reported on.
        attributes: groups, and single coordinates each way, at most.
        to_rgb: search the layers that only colour the image too: in small networks they carry causes.
        seed: of random coordinates and intervals.
    """

    label: int
    searched: int = 128
    population: int = 4096
    judged: int = 300
    attributes: int = 8
    to_rgb: bool = True
    seed: int = 0


@dataclass(frozen=True, kw_only=True)
class Explained:
    """What was found, with the held-out images that it is shown on.

    Attributes:
        system: the StylEx.
        view: its classifier, as the class against all others.
        setting: what was asked.
        ends: where coordinates were moved to.
        groups: attributes, in the direction that speaks for the class.
        verdicts: of the groups on held-out images.
        towards: single coordinates that speak for the class.
        away: single coordinates that speak against it.
        curves: sufficiency of every method, both ways.
        alone: of each group, what it turns by itself.
        images: (N, 3, side, side) uint8, held out.
        labels: (N,) their classes.
        ids: of the N images; none where images have no ids.
        styles: (N, S) of them.
        inside: (N,) whether what is decoded of them is decided as the class.
    """

    system: StylEx
    view: LogOdds
    setting: ExplainSetting
    ends: Ends
    groups: tuple[Group, ...]
    verdicts: Verdicts
    towards: Search
    away: Search
    curves: Curves
    alone: tuple[Sufficiency, ...]
    images: Tensor
    labels: Tensor
    ids: tuple[str, ...]
    styles: Tensor
    inside: Tensor

    @property
    def asked(self) -> StyleClassifier:
        """Decoder and view."""
        return StyleClassifier(decode=self.system.decode, classifier=self.view)

    def probabilities(self, styles: Tensor) -> Tensor:
        """(N,) of the class, for what is decoded of styles (N, S)."""
        return self.asked.logits(styles).double().softmax(1)[:, 1].cpu()


def explain_system(system: StylEx, data: StylexData, *, setting: ExplainSetting) -> Explained:
    """Find attributes of a class, judge them on held-out images, and hold them against baselines.

    Args:
        system: a trained StylEx.
        data: that it was trained on.
        setting: what is asked.

    Raises:
        ValueError: all searched images are decided alike.
    """
    view = LogOdds(system.classifier, label=setting.label)
    asked = StyleClassifier(decode=system.decode, classifier=view)
    searched, images = system.styles(data.images[: setting.searched]), data.held_out[: setting.judged]
    styles, labels = system.styles(images), data.held_out_labels[: setting.judged]
    among = _among(system, to_rgb=setting.to_rgb)
    ends, count = Ends.of(searched), setting.attributes
    towards, away = (
        search_attributes(
            StyleClassifier(decode=system.decode, classifier=side), searched, ends, target=1, count=count,
            screening=Screening(), among=among,
        )
        for side in (view, view.reversed())
    )  # fmt: skip
    population = torch.cat([system.styles(part) for part in data.images[: setting.population].split(256)])
    groups = find_groups(system.decode, view, searched, target=1, count=count, among=among, population=population)
    shifts = [group.slide for group in groups]
    verdicts = judge_shifts(
        system.decode, view, styles, shifts, target=1, ends=ends, labels=(labels == setting.label).long(),
        seed=setting.seed,
    )  # fmt: skip
    ways = _ways(asked, searched, shifts, (towards, away), among, setting)
    return Explained(
        system=system, view=view, setting=setting, ends=ends, groups=tuple(groups), verdicts=verdicts, towards=towards,
        away=away, curves=_curves(system, view, images, styles, ends, ways),
        alone=tuple(sufficiency(system.decode, view, styles, [own], target=1, ends=ends) for own in shifts),
        images=images, labels=labels, ids=data.held_out_ids[: setting.judged],
        styles=styles, inside=(asked.logits(styles).argmax(1) == 1).cpu(),
    )  # fmt: skip


def _among(system: StylEx, *, to_rgb: bool) -> list[int]:
    """The coordinates to search."""
    layers = [layer for layer in system.layers if to_rgb or not layer.to_rgb]
    return [column for layer in layers for column in range(layer.first, layer.first + layer.size)]


def _ways(
    asked: StyleClassifier,
    searched: Tensor,
    groups: Sequence[Move],
    found: tuple[Search, Search],
    among: list[int],
    setting: ExplainSetting,
) -> dict[tuple[str, str], Sequence[Move]]:
    """What every method moves, in order: towards the class and away from it."""
    odds, count = asked.logits(searched)[:, 1], setting.attributes
    drawn = random_shifts(among, count, generator=torch.Generator().manual_seed(setting.seed))
    ways: dict[tuple[str, str], Sequence[Move]] = {}
    for way, search, sign in zip(("towards", "away"), found, (1, -1), strict=True):
        ways["groups", way] = groups if sign > 0 else [own.reversed() for own in groups]
        ways["coordinates", way] = [one.shift for one in search.attributes]
        ways["normalised_difference", way] = normalised_difference(
            searched, sign * odds, count=count, share=_EXEMPLARS, among=among
        )
        ways["random", way] = drawn
    return ways


def _curves(
    system: StylEx,
    view: LogOdds,
    images: Tensor,
    styles: Tensor,
    ends: Ends,
    ways: dict[tuple[str, str], Sequence[Move]],
) -> Curves:
    curves = {}
    with torch.no_grad():
        pixels = images.to(system.device).float() / 255
        decided = torch.cat([view(part).argmax(1) for part in pixels.split(256)])
    for (method, way), shifts in ways.items():
        side, own = (view, decided) if way == "towards" else (view.reversed(), 1 - decided)
        curves[method, way] = sufficiency(system.decode, side, styles, shifts, target=1, ends=ends, decisions=own)
    return curves
