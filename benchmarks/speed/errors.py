"""Error detection: what the transformed copies cost beside plain forward passes, and figures of millions of rows."""

import functools
import resource
import sys
import time
from collections.abc import Callable, Iterator

import numpy as np
import pandas as pd
import timm
import torch
from torch import Tensor

from benchmarks.classifier import Classifier
from benchmarks.error_detection.bank import copies_for
from benchmarks.error_detection.resampling import Rows, resampled_figures
from benchmarks.inference import Engine
from benchmarks.metrics import resample_counts, resamples_for
from benchmarks.preparation import Preparation
from benchmarks.speed.workers import started
from robustness.consistency.copies import transformed_logits

__all__ = ["measure_errors"]

# Architecture, side of the images, images in a round.
_NETWORKS = (("test_resnet", 32, 256), ("resnet18", 224, 2))
_ROUNDS = 5
_BATCH = 256
_IMAGES, _CONDITIONS = 50_000, 75  # the rows of ImageNet-C


def measure_errors(device: torch.device) -> Iterator[pd.DataFrame]:
    """Time copies against as many plain forward passes, in turns; then the figures of one score on 3.75 million rows.

    Yields:
        A table of networks: milliseconds of a plain forward pass, time with copies over that of (T + 1) passes, and
        milliseconds that a copy adds; then one row of seconds and peak memory.
    """
    yield pd.DataFrame([_copies(name, side, images, device) for name, side, images in _NETWORKS])
    yield pd.DataFrame([_figures(_IMAGES, _CONDITIONS)])


def _copies(name: str, side: int, images: int, device: torch.device) -> dict[str, object]:
    """One network; its weights do not matter to the time."""
    network = timm.create_model(name, num_classes=10)
    classifier = Classifier(network, mean=(0.5,) * 3, std=(0.5,) * 3, class_names=[str(label) for label in range(10)])
    engine = Engine(classifier=classifier, device=device, precision="exact", batch_size=_BATCH)
    bank = copies_for(Preparation(size=(side, side), crop_fraction=1.0))
    pixels = torch.rand(images, 3, side, side, generator=torch.Generator().manual_seed(0)).to(device)
    many = pixels.repeat(len(bank) + 1, 1, 1, 1)
    copied = functools.partial(transformed_logits, engine.logits, pixels, bank, batch_size=_BATCH)
    with engine.running():
        turns = [(_timed(lambda: engine.logits(many)), _timed(copied)) for _ in range(_ROUNDS + 1)][1:]
    plain, with_copies = np.array(turns).T
    ratios = with_copies / plain
    return {
        "network": name,
        "pixels": side,
        "copies": len(bank),
        "plain_ms": 1e3 * float(np.median(plain)) / len(many),
        "ratio": float(np.median(ratios)),
        "ratio_lowest": float(ratios.min()),
        "ratio_highest": float(ratios.max()),
        "added_ms_per_copy": 1e3 * float(np.median(with_copies - plain)) / (images * len(bank)),
        "rounds": _ROUNDS,
    }


def _timed(work: Callable[[], Tensor]) -> float:
    start = time.perf_counter()
    work()  # ends on the CPU, so that the device has finished too
    return time.perf_counter() - start


def _figures(images: int, conditions: int) -> dict[str, object]:
    """All figures of a score with their intervals, in a process of its own whose memory can be told."""
    with started(functools.partial(_start_figures, images, conditions)) as worker:
        worker.round(1)  # compiles
        seconds, peak = worker.round(resamples_for(images))
    return {
        "rows": images * conditions,
        "resamples": resamples_for(images),
        "seconds": seconds,
        "peak_MB": peak / 1e6,
    }


def _start_figures(images: int, conditions: int) -> Callable[[int], tuple[float, int]]:
    generator = np.random.default_rng(0)
    count = images * conditions
    confidence = generator.random(count)
    correct = generator.random(count) < confidence
    rows = Rows(confidence=confidence, correct=correct, image=np.tile(np.arange(images), conditions))

    def work(resamples: int) -> tuple[float, int]:
        start = time.perf_counter()
        counts = resample_counts(images, resamples, 0)
        resampled_figures(rows, counts, thresholds=np.array([0.5, 0.9]))
        unit = 1 if sys.platform == "darwin" else 1024
        return time.perf_counter() - start, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit

    return work
