"""Resampled errors of one condition, in one pass over its images for each resample.

The same sums as :mod:`benchmarks.metrics.selective` and :mod:`benchmarks.metrics.calibration` take over arrays of
resamples by images, compiled: with many conditions of many images these arrays are what a summary spends its time on.
"""

from typing import Any

import numpy as np
import numpy.typing as npt

from benchmarks.metrics.calibration import BINS, equal_width_bins
from benchmarks.metrics.selective import rank
from robustness.kernels.jit import compiled

__all__ = ["resample_errors"]

Array = npt.NDArray[np.float64]


def resample_errors(
    confidence: Array, correct: npt.NDArray[np.bool_], images: npt.NDArray[np.intp], counts: npt.NDArray[np.uint8]
) -> Array:
    """Error, ECE and AUGRC on every resample.

    Args:
        confidence: (M,) of the images that have an answer.
        correct: (M,) whether it is right.
        images: (M,) their places among N images.
        counts: (B, N) how often each image is taken.

    Returns:
        (B, 3); NaN where none of the images is taken.

    Example:
        >>> resample_errors(
        ...     np.array([0.9, 0.8]), np.array([True, False]), np.array([0, 1]), np.ones((1, 2), np.uint8)
        ... ).round(3).tolist()
        [[0.5, 0.45, 0.125]]
    """
    ranking = rank(confidence, correct)
    ordered = confidence[ranking.order]
    last = np.zeros(len(ordered), dtype=np.bool_)
    last[ranking.ends] = True
    found = np.empty((len(counts), 3))
    _walk(
        np.ascontiguousarray(counts),
        images[ranking.order].astype(np.int32),
        ranking.wrong.astype(np.uint8),
        1 - ranking.wrong - ordered,
        equal_width_bins(ordered).astype(np.uint8),
        last,
        found,
    )
    return found


@compiled
def _walk(counts: Any, images: Any, wrong: Any, gap: Any, bins: Any, last: Any, found: Any) -> None:
    """Walk down each resample's ranking; ``last`` marks where a group of equal confidences ends."""
    gaps = np.empty(BINS)
    for resample in range(counts.shape[0]):
        row = counts[resample]
        gaps[:] = 0.0
        kept = failed = kept_before = failed_before = np.int64(0)
        area = 0.0
        for place in range(images.shape[0]):
            weight = np.int64(row[images[place]])
            kept += weight
            failed += weight * wrong[place]
            gaps[bins[place]] += weight * gap[place]
            if last[place]:
                area += (kept - kept_before) * (failed + failed_before)
                kept_before, failed_before = kept, failed
        whole = float(kept)
        found[resample, 0] = failed / whole
        found[resample, 1] = np.abs(gaps).sum() / whole
        found[resample, 2] = area / 2 / (whole * whole)
