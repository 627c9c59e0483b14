"""Figures of one model under one condition, and the resampled errors that means over conditions reuse."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from benchmarks.summary.figures import FIGURE, Figure, hull, rate, resampled
from benchmarks.summary.panel import Panel
from benchmarks.summary.resampling import resample_errors

__all__ = ["CELLS", "CellErrors", "cell_errors", "cell_rows", "has_top5"]

CELLS = ["model", "condition_kind", "condition_name", "condition_severity", "metric", *FIGURE]

Array = npt.NDArray[np.float64]


@dataclass(frozen=True, kw_only=True)
class CellErrors:
    """What resampling gives for each condition of a panel, on the same resamples.

    Attributes:
        error, ece, augrc: (S,) values of the full sample; NaN where no image is ok.
        error_samples, ece_samples, augrc_samples: (S, B) resampled values.
    """

    error: Array
    ece: Array
    augrc: Array
    error_samples: Array
    ece_samples: Array
    augrc_samples: Array


def cell_errors(panel: Panel, counts: npt.NDArray[np.uint8]) -> CellErrors:
    """Resample every condition of a panel.

    Args:
        panel: S conditions of N images.
        counts: (B, N) how often each image is taken.
    """
    values, samples = [], []
    for place in range(len(panel.conditions)):
        value, resamples = _resample(panel, place, counts)
        values.append(value)
        samples.append(resamples)
    error, ece, augrc = np.stack(values, axis=1)
    error_samples, ece_samples, augrc_samples = np.stack(samples).transpose(2, 0, 1)
    return CellErrors(
        error=error,
        ece=ece,
        augrc=augrc,
        error_samples=error_samples,
        ece_samples=ece_samples,
        augrc_samples=augrc_samples,
    )


def _resample(panel: Panel, place: int, counts: npt.NDArray[np.uint8]) -> tuple[Array, Array]:
    """(3,) error, ECE and AUGRC of one condition, and (B, 3) resampled ones."""
    images = np.flatnonzero(panel.ok[place])
    confidence, correct = panel.confidence[place, images], panel.correct[place, images]
    whole = np.ones((1, panel.ok.shape[1]), dtype=np.uint8)
    value, samples = (resample_errors(confidence, correct, images, taken) for taken in (whole, counts))
    return value[0], samples


def has_top5(panel: Panel) -> bool:
    """Whether there is a sign of more than five classes; with fewer the top-5 accuracy says nothing."""
    return bool(max(panel.rank.max() - 1, panel.label.max(), panel.prediction.max()) >= 5)


def cell_rows(panel: Panel, errors: CellErrors) -> Iterator[dict[str, Any]]:
    """Rows of the table ``cells``: accuracy, error, top-5, flip rate, ECE and AUGRC of each condition."""
    for place, condition in enumerate(panel.conditions):
        head = {
            "model": panel.model,
            "condition_kind": condition.kind,
            "condition_name": condition.name,
            "condition_severity": condition.severity,
        }
        for metric, figure in _figures(panel, place, errors):
            yield {**head, "metric": metric, **figure._asdict()}


def _figures(panel: Panel, place: int, errors: CellErrors) -> Iterator[tuple[str, Figure]]:
    ok, n = panel.ok[place], int(panel.ok[place].sum())
    hits = int(panel.correct[place].sum())
    yield "accuracy", rate(hits, n, "top-1")
    yield "error", rate(n - hits, n, "top-1")
    if has_top5(panel):
        top5 = int(((panel.rank[place] <= 5) & ok).sum())
        yield "accuracy_top5", rate(top5, n, "label among the five highest logits")
    if panel.clean is not None and place != panel.clean:
        both = ok & panel.ok[panel.clean]
        flips = int((both & (panel.prediction[place] != panel.prediction[panel.clean])).sum())
        yield "flip_rate", rate(flips, int(both.sum()), "prediction differs from clean; images ok in both")
    ece, ece_samples = float(errors.ece[place]), errors.ece_samples[place]
    yield "ece", hull(ece, ece_samples, n, "top label, 15 equal-width bins")
    augrc, augrc_samples = float(errors.augrc[place]), errors.augrc_samples[place]
    yield "augrc", resampled(augrc, augrc_samples, n, "max softmax, fd-shifts convention, not times 1000")
