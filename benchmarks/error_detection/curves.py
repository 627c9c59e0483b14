"""Risk against coverage: the error among the rows kept, as fewer and more confident ones are kept."""

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from benchmarks.error_detection.resampling import Rows
from benchmarks.error_detection.table import Judged
from benchmarks.metrics import effective_images, wilson
from benchmarks.metrics.selective import rank
from benchmarks.summary.figures import FIGURE, tidy

__all__ = ["CURVES", "MAIN_SCORES", "curve_table"]

CURVES = ["model", "population", "score", "coverage", *FIGURE]

# Those that a figure can hold: the baseline, the best ones without training, the learned one and its control.
MAIN_SCORES = ("max_softmax", "tta_confidence", "negative_kl", "detector_without_copies", "detector")
_POPULATIONS = ("clean", "mild", "corrupted")
_POINTS = 100


def curve_table(judged: Sequence[Judged]) -> pd.DataFrame:
    """Curves of the main scores on clean, mildly corrupted and all corrupted rows of the evaluation half.

    Args:
        judged: one for each model.

    Returns:
        Columns :data:`CURVES`; intervals are Wilson's on the effective number of images, at a fixed threshold.
    """
    rows = (row for one in judged for row in _model_rows(one))
    return tidy(rows, CURVES)


def _model_rows(judged: Judged) -> Iterator[dict[str, Any]]:
    for population, members in judged.populations.items():
        chosen = members & judged.ok
        if population not in _POPULATIONS or not chosen.any():
            continue
        for name in MAIN_SCORES:
            if name in judged.scores and name not in judged.reasons:
                head = {"model": judged.model, "population": population, "score": name}
                yield from (head | point for point in _points(judged.rows(name, chosen)))


def _points(rows: Rows) -> Iterator[dict[str, Any]]:
    ranking = rank(rows.confidence, rows.correct)
    image, failed = rows.image[ranking.order], np.cumsum(ranking.wrong)
    repeats, start = np.zeros(int(image.max()) + 1), 0
    for end in _thinned(ranking.ends):
        repeats += np.bincount(image[start : end + 1], minlength=len(repeats))
        start = count = int(end) + 1
        risk, effective = float(failed[end] / count), effective_images(repeats)
        low, high = wilson(risk * effective, effective)
        yield {
            "coverage": count / len(image),
            "value": risk,
            "low": float(low),
            "high": float(high),
            "n": count,
            "convention": "error of the rows of highest score; Wilson 95 % on the effective number of images",
        }


def _thinned(ends: npt.NDArray[np.intp]) -> npt.NDArray[np.intp]:
    """At most 100 of the thresholds, evenly spread over coverage, full coverage included."""
    if len(ends) <= _POINTS:
        return ends
    return np.unique(ends[np.searchsorted(ends, np.linspace(0, ends[-1], _POINTS))])
