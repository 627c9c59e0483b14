"""The headline: a model's figures on clean images and its means over the corrupted cells."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import numpy.typing as npt

from benchmarks.metrics import TEST_CORRUPTIONS, bootstrap, wilson
from benchmarks.metrics.calibration import equal_mass_bins, equal_width_bins, weighted_ece
from benchmarks.metrics.selective import (
    Ranking,
    curve,
    curve_augrc,
    curve_aurc,
    curve_auroc,
    curve_e_aurc,
    curve_fpr95,
    rank,
)
from benchmarks.summary.cells import has_top5
from benchmarks.summary.corruptions import STORED, CorruptionErrors, origin
from benchmarks.summary.figures import FIGURE, Figure, hull, rate, resampled
from benchmarks.summary.panel import Panel

__all__ = ["HEADLINE", "class_rows", "headline_rows"]

HEADLINE = ["model", "metric", *FIGURE[:4], "unit", "convention"]

Array = npt.NDArray[np.float64]

# Metric: (unit, what was computed, how its interval is made).
_CLEAN = {
    "ece": ("fraction", "top label, 15 equal-width bins", hull),
    "adaptive_ece": ("fraction", "top label, 15 equal-mass bins", hull),
    "brier": ("score", "sum over classes of (p - y)^2, in [0, 2]", resampled),
    "nll": ("nats", "-ln p(label)", resampled),
    "auroc": ("fraction", "max softmax, right answers positive", resampled),
    "aurc": ("fraction", "max softmax, fd-shifts convention, not times 1000", resampled),
    "e_aurc": ("fraction", "AURC minus err + (1 - err) ln(1 - err)", resampled),
    "augrc": ("fraction", "max softmax, fd-shifts convention, not times 1000", resampled),
}

_LIKE = "mCE-like: {}, not the published files"  # whose JPEG compression makes other scores


def headline_rows(
    panel: Panel, corruptions: CorruptionErrors, counts: npt.NDArray[np.uint8]
) -> Iterator[dict[str, Any]]:
    """Rows of the table ``headline``; figures on clean images only if the panel has any."""
    figures = [*_rates(panel), *_corrupted(panel, corruptions), *_resampled(panel, counts)]
    for metric, unit, figure in figures:
        yield {"model": panel.model, "metric": metric, "unit": unit, **figure._asdict()}


def _rates(panel: Panel) -> Iterator[tuple[str, str, Figure]]:
    if panel.clean is None:
        return
    ok, correct = panel.ok[panel.clean], panel.correct[panel.clean]
    n = int(ok.sum())
    yield "accuracy", "fraction", rate(int(correct.sum()), n, "clean images, top-1")
    if has_top5(panel):
        top5 = int(((panel.rank[panel.clean] <= 5) & ok).sum())
        yield "accuracy_top5", "fraction", rate(top5, n, "clean images, label among the five highest logits")
    classes = list(class_rows(panel))
    if classes:
        worst = Figure(*(classes[0][name] for name in FIGURE))
        note = "clean images, class of lowest accuracy (picking it biases it low); Wilson 95 % of that class"
        yield "worst_class_accuracy", "fraction", worst._replace(convention=note)


def class_rows(panel: Panel) -> Iterator[dict[str, Any]]:
    """Rows of the table ``classes``, the worst class first; of equals the one with more images."""
    if panel.clean is None:
        return
    ok = panel.ok[panel.clean]
    labels, first, inverse = np.unique(panel.label[ok], return_index=True, return_inverse=True)
    n = np.bincount(inverse, minlength=len(labels))
    hits = np.bincount(inverse, weights=panel.correct[panel.clean, ok], minlength=len(labels))
    low, high = wilson(hits, n)
    for k in np.lexsort((labels, -n, hits / n)):
        yield {
            "model": panel.model,
            "class_name": str(panel.label_name[ok][first[k]]),
            "metric": "accuracy",
            "value": hits[k] / n[k],
            "low": low[k],
            "high": high[k],
            "n": int(n[k]),
            "convention": "clean images, top-1; Wilson 95 %",
        }


def _corrupted(panel: Panel, corruptions: CorruptionErrors) -> Iterator[tuple[str, str, Figure]]:
    cells = corruptions.cells
    if not cells:
        return
    n = int(panel.ok[cells].any(axis=0).sum())
    value, samples = corruptions.error[cells].mean(), corruptions.error_samples[cells].mean(axis=0)
    how = origin(panel, cells)
    note = f"unnormalised mean over {corruptions.describe()}, {how}"
    yield "mean_corruption_error", "fraction", resampled(float(value), samples, n, note)
    for metric, scores, sign in (
        ("mCE", corruptions.ce, "AlexNet = 100"),
        ("relative_mCE", corruptions.relative_ce, "drop from clean, AlexNet = 100"),
    ):
        if all(name in scores for name in TEST_CORRUPTIONS):
            value = np.mean([scores[name][0] for name in TEST_CORRUPTIONS])
            samples = np.mean([scores[name][1] for name in TEST_CORRUPTIONS], axis=0)
            note = f"15 corruptions x 5 severities, {sign}"
            note = f"{note}, {how}" if how == STORED else f"{_LIKE.format(how)}; {note}"
            yield metric, "percent", resampled(float(value), samples, n, note)


def _resampled(panel: Panel, counts: npt.NDArray[np.uint8]) -> Iterator[tuple[str, str, Figure]]:
    if panel.clean is None:
        return
    images = np.flatnonzero(panel.ok[panel.clean])
    ranking = rank(panel.confidence[panel.clean, images], panel.correct[panel.clean, images])
    images = images[ranking.order]
    confidence = panel.confidence[panel.clean, images]
    gap, scores = 1 - ranking.wrong - confidence, np.stack([panel.brier[images], panel.loss[images]], axis=1)
    width, mass = equal_width_bins(confidence), equal_mass_bins(confidence)

    def statistic(weights: Array) -> Array:
        taken = weights[:, images]
        points = curve(ranking, taken)
        with np.errstate(invalid="ignore"):
            brier, nll = (taken @ scores / taken.sum(axis=1, keepdims=True)).T
        calibration = [weighted_ece(width, gap, taken), weighted_ece(mass, gap, taken), brier, nll]
        areas = [curve_auroc(points), curve_aurc(points), curve_e_aurc(points), curve_augrc(points)]
        return np.stack([*calibration, *areas], axis=1)

    values, samples = statistic(np.ones((1, panel.ok.shape[1])))[0], bootstrap(statistic, counts)
    for column, (metric, (unit, note, figure)) in enumerate(_CLEAN.items()):
        value, how = float(values[column]), f"clean images, {note}"
        yield metric, unit, figure(value, samples[:, column], len(images), how)
    yield "fpr95", "fraction", _fpr95(ranking)


def _fpr95(ranking: Ranking) -> Figure:
    """A rate among the wrong answers. These are often a handful, and resampling a handful of zeros gives [0, 0]."""
    note = "clean images, max softmax, smallest FPR with TPR >= 0.9495, n = wrong answers, threshold taken as fixed"
    wrong = int(ranking.wrong.sum())
    value = float(curve_fpr95(curve(ranking, np.ones((1, len(ranking.wrong)))))[0])
    return rate(0 if np.isnan(value) else value * wrong, 0 if np.isnan(value) else wrong, note)
