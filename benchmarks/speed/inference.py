"""Inference beside its naive form: the same ResNet-50, images and machine, in turns."""

import functools
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import timm
import torch
import torch.nn.functional as F
from torch import Tensor

from benchmarks.allocator import keep_freed_pages
from benchmarks.checkpoints import read_checkpoint, write_checkpoint
from benchmarks.classifier import Classifier
from benchmarks.conditions import CLEAN
from benchmarks.datasets import Samples, digits_halves
from benchmarks.embedded import EmbeddedTraining, cache_folder, embedded_default
from benchmarks.inference import Engine
from benchmarks.preparation import Preparation
from benchmarks.speed.workers import started
from robustness.corruptions import CORRUPTIONS, corrupt

__all__ = ["measure_inference"]

_ARCHITECTURE = "resnet50"
_IMAGES = 128
_BATCH = 64
_ROUNDS = 5
_STEPS = 50
_TRAINED_BATCH = 32
_PREPARE = Preparation(size=(224, 224), crop_fraction=1.0)


def measure_inference(device: torch.device) -> Iterator[pd.DataFrame]:
    """Time ``--precision auto`` and ``exact`` against a plain float32 loop.

    The network is timm's ResNet-50 at 224 px, trained on digits for a few minutes at the first call, so that its
    logits have the margins of a working classifier without any download. Each variant has a process of its own,
    because keeping freed pages is a setting of the whole process; they take turns.

    Yields:
        A table of images per second with the ratio to the naive loop, then one of the embedded default's
        predictions under ``auto`` against ``exact``.
    """
    _trained_weights()  # before the processes need it
    starts = {name: functools.partial(start, str(device)) for name, start in _VARIANTS.items()}
    seconds: dict[str, list[float]] = {name: [] for name in _VARIANTS}
    predictions: dict[str, list[int]] = {}
    again: dict[str, int] = {}
    with started(starts["naive"]) as naive, started(starts["exact"]) as exact, started(starts["auto"]) as auto:
        workers = {"naive": naive, "exact": exact, "auto": auto}
        for turn in range(_ROUNDS + 1):
            for name, worker in workers.items():
                duration, predictions[name], again[name] = worker.round()
                seconds[name] += [duration] if turn else []  # the first turn warms up
    yield _rates(seconds, predictions, again)
    yield _agreement(device)


def _rates(seconds: dict[str, list[float]], predictions: dict[str, list[int]], again: dict[str, int]) -> pd.DataFrame:
    naive = np.array(seconds["naive"])
    rows = []
    for name, durations in seconds.items():
        ratios = naive / np.array(durations)
        same = np.equal(predictions[name], predictions["naive"])
        rows.append(
            {
                "variant": name,
                "images_per_second": _IMAGES / np.median(durations),
                "ratio": np.median(ratios),
                "ratio_lowest": ratios.min(),
                "ratio_highest": ratios.max(),
                "rounds": len(durations),
                "same_top1": f"{same.sum()} of {len(same)}",
                "decided_in_float32": again[name],
            }
        )
    return pd.DataFrame(rows)


def _agreement(device: torch.device) -> pd.DataFrame:
    """Predictions of the embedded default under every corruption that there is, both precisions."""
    model, samples = embedded_default(EmbeddedTraining())
    pixels = torch.stack([model.preparation(image) for image in _images(samples.entries, samples)])
    engines = {name: Engine(classifier=model.classifier, device=device, precision=name) for name in ("auto", "exact")}
    different, count, again = 0, 0, 0
    with engines["auto"].running() as auto, engines["exact"].running() as exact:
        auto.calibrate(pixels[:64])
        for condition in [None, *((name, severity) for name in CORRUPTIONS for severity in range(1, 6))]:
            images = pixels if condition is None else _corrupted(pixels, *condition)
            different += int((auto.logits(images).argmax(1) != exact.logits(images).argmax(1)).sum())
            count += len(images)
        again = auto.decided_again
    return pd.DataFrame(
        [{"model": model.name, "predictions": count, "different_top1": different, "decided_in_float32": again}]
    )


def _corrupted(pixels: Tensor, name: str, severity: int) -> Tensor:
    return corrupt(pixels, name, severity, seeds=torch.arange(len(pixels)), profile="cifar")


def _images(entries: Any, samples: Any) -> Iterator[Any]:
    return (samples.decode(entry, CLEAN).image for entry in entries)


def _network_and_images() -> tuple[Any, Tensor]:
    """The trained network and prepared pixels; the same bits in every process."""
    network = timm.create_model(_ARCHITECTURE, num_classes=10)
    network.load_state_dict(read_checkpoint(_trained_weights()))
    _, audited = digits_halves(0)
    return network.eval(), torch.stack([_PREPARE(image) for image in _images(audited.entries[:_IMAGES], audited)])


def _trained_weights() -> Path:
    """Weights of the network after a short training on digits, kept in the cache folder."""
    path = cache_folder() / "speed" / f"{_ARCHITECTURE}-digits-{_STEPS}-timm{timm.__version__}.safetensors"
    if not path.exists():
        keep_freed_pages()
        train, _ = digits_halves(0)
        write_checkpoint(_train(train), path, class_names=train.class_names)
    return path


def _train(samples: Samples) -> Any:
    """Train at 224 px in bfloat16, long enough for the margins of a working classifier."""
    torch.manual_seed(0)
    network = timm.create_model(_ARCHITECTURE, num_classes=10).to(memory_format=torch.channels_last).train()
    optimiser = torch.optim.AdamW(network.parameters(), lr=5e-4)
    order = np.random.default_rng(0).integers(0, len(samples.entries), (_STEPS, _TRAINED_BATCH))
    for chosen in order:
        entries = [samples.entries[int(one)] for one in chosen]
        pixels = torch.stack([_PREPARE(image) for image in _images(entries, samples)])
        labels = torch.tensor([int(entry.class_name) for entry in entries])
        with torch.autocast("cpu", torch.bfloat16):
            logits = network(_normalised(pixels).contiguous(memory_format=torch.channels_last))
        optimiser.zero_grad()
        F.cross_entropy(logits.float(), labels).backward()
        optimiser.step()
    return network


def _normalised(pixels: Tensor) -> Tensor:
    return (pixels.float() / 255 - 0.5) / 0.5


Round = Callable[[], tuple[float, list[int], int]]


def _start_naive(device: str) -> Round:
    network, pixels = _network_and_images()
    network.to(device)

    def work() -> tuple[float, list[int], int]:
        start = time.perf_counter()
        with torch.no_grad():
            parts = [network(_normalised(batch.to(device))).cpu() for batch in pixels.split(_BATCH)]
        return time.perf_counter() - start, torch.cat(parts).argmax(1).tolist(), 0

    return work


def _start_engine(precision: str, device: str) -> Round:
    keep_freed_pages()
    network, pixels = _network_and_images()
    classifier = Classifier(network, mean=(0.5,) * 3, std=(0.5,) * 3, class_names=[str(digit) for digit in range(10)])
    engine = Engine(classifier=classifier, device=torch.device(device), precision=precision, batch_size=_BATCH)
    engine.running().__enter__()  # for the life of the process
    engine.calibrate(pixels[:64])

    def work() -> tuple[float, list[int], int]:
        before = engine.decided_again
        start = time.perf_counter()
        predictions = engine.logits(pixels).argmax(1).tolist()
        return time.perf_counter() - start, predictions, engine.decided_again - before

    return work


_VARIANTS: dict[str, Callable[[str], Round]] = {
    "naive": _start_naive,
    "exact": functools.partial(_start_engine, "exact"),
    "auto": functools.partial(_start_engine, "auto"),
}
