"""All figures of one score under many resamples, in one pass down the ranking for each.

The definitions are those of :mod:`benchmarks.metrics.selective`, which the tests hold this against. There the curve of
every resample is kept; here nothing is, so that millions of rows and hundreds of resamples take seconds.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from benchmarks.metrics.selective import Ranking, rank
from robustness.kernels.jit import compiled

__all__ = ["FIGURES", "Rows", "resampled_figures", "risk_threshold"]

Array = npt.NDArray[np.float64]

FIGURES = ("error", "auroc", "fpr95", "aurc", "e_aurc", "augrc")


@dataclass(frozen=True, kw_only=True)
class Rows:
    """Answers with a confidence, several for an image.

    Attributes:
        confidence: (R,) higher = more confident, without NaN.
        correct: (R,) booleans.
        image: (R,) place of each row's image in 0..N-1.
    """

    confidence: Array
    correct: npt.NDArray[np.bool_]
    image: npt.NDArray[np.intp]


def resampled_figures(rows: Rows, counts: npt.NDArray[np.uint8], *, thresholds: Array) -> Array:
    """Evaluate a score on each resample of images.

    Args:
        rows: R answers.
        counts: (B, N) how often each image is taken.
        thresholds: (P,) confidences; rows that reach one are kept.

    Returns:
        (B, 6 + 2 P): :data:`FIGURES`, then coverage at each threshold, then risk (error of the kept) at each; NaN
        where a resample leaves a figure undefined.

    Example:
        >>> right = np.array([True, True, False, True])
        >>> rows = Rows(confidence=np.array([0.9, 0.8, 0.7, 0.6]), correct=right, image=np.arange(4))
        >>> figures = resampled_figures(rows, np.ones((1, 4), np.uint8), thresholds=np.array([0.7]))
        >>> figures.round(4).tolist()[0]
        [0.25, 0.6667, 1.0, 0.1146, 0.0803, 0.0938, 0.75, 0.3333]
    """
    ranking = rank(rows.confidence, rows.correct)
    fallen = -rows.confidence[ranking.order]
    places = np.searchsorted(fallen, -np.asarray(thresholds, dtype=np.float64), side="right")
    ends = np.zeros(len(fallen), dtype=np.bool_)
    ends[ranking.ends] = True
    out = np.full((len(counts), len(FIGURES) + 2 * len(places)), np.nan)
    image = rows.image[ranking.order].astype(np.int32)
    _walk(image, ranking.wrong.astype(np.uint8), ends, places.astype(np.int64), counts, out)
    return out


def risk_threshold(confidence: Array, correct: npt.NDArray[np.bool_], risk: float) -> float:
    """The lowest confidence down to which the error of the rows kept is at most ``risk``: the largest coverage.

    Args:
        confidence: (R,) of calibration rows.
        correct: (R,) booleans.
        risk: a fraction.

    Returns:
        A confidence of one of the rows; infinity where even the most confident rows err more often, or without rows.

    Example:
        >>> risk_threshold(np.array([0.9, 0.8, 0.7, 0.6]), np.array([True, True, False, True]), 0.25)
        0.6
    """
    ranking: Ranking = rank(confidence, correct)
    failed = np.cumsum(ranking.wrong)[ranking.ends]
    safe = np.flatnonzero(failed <= risk * (ranking.ends + 1))
    return float(confidence[ranking.order[ranking.ends[safe[-1]]]]) if safe.size else float("inf")


@compiled
def _walk(image: Any, wrong: Any, ends: Any, places: Any, counts: Any, out: Any) -> None:
    """Fill ``out`` (B, 6 + 2 P); rows are sorted by falling confidence, ``ends`` marks the last of equal ones."""
    points = len(places)
    for b in range(len(counts)):
        taken, figures = counts[b], out[b]
        total, failures = 0.0, 0.0
        for r in range(len(image)):
            weight = float(taken[image[r]])
            total += weight
            failures += weight * wrong[r]
        enough, reached = 0.9495 * (total - failures), False
        aurc, augrc, auroc, let_through = 0.0, 0.0, 0.0, np.nan
        kept, failed, kept_before, failed_before = 0.0, 0.0, 0.0, 0.0
        for p in range(points):
            figures[6 + p] = 0.0 / total
        for r in range(len(image)):
            weight = float(taken[image[r]])
            kept += weight
            failed += weight * wrong[r]
            if not ends[r]:
                continue
            step, slips = kept - kept_before, failed - failed_before
            if step > 0:
                risk = failed / kept
                before = failed_before / kept_before if kept_before > 0 else risk
                aurc += step * (before + risk) / 2
                augrc += step * (failed_before + failed) / 2
                auroc += slips * (kept + kept_before - failed - failed_before) / 2
            if not reached and kept - failed >= enough:
                reached, let_through = True, failed
            for p in range(points):
                if places[p] == r + 1:
                    figures[6 + p], figures[6 + points + p] = kept / total, failed / kept
            kept_before, failed_before = kept, failed
        error = failures / total
        ideal = error + (1 - error) * np.log(1 - error) if error < 1 else error
        figures[0] = error
        figures[1] = auroc / (failures * (total - failures))
        figures[2] = let_through / failures if total > failures else np.nan
        figures[3] = aurc / total
        figures[4] = aurc / total - ideal
        figures[5] = augrc / total**2
