"""Arrays to numbers: corruption error, selective classification, calibration, intervals.

Fractions in, fractions out, unless a name says percent. Nothing here knows of files, frames or models.
"""

from benchmarks.metrics.alexnet import (
    ALEXNET_CLEAN_ERROR,
    ALEXNET_MEAN_ERROR,
    ALEXNET_SEVERITY_ERROR,
    EXTRA_CORRUPTIONS,
    TEST_CORRUPTIONS,
)
from benchmarks.metrics.calibration import adaptive_ece, brier, ece, nll
from benchmarks.metrics.corruption import (
    corruption_errors,
    mean_corruption_error,
    relative_corruption_errors,
    relative_mean_corruption_error,
    severity_corruption_errors,
)
from benchmarks.metrics.intervals import (
    bootstrap,
    effective_images,
    hull_interval,
    percentile_interval,
    resample_counts,
    resamples_for,
    wilson,
)
from benchmarks.metrics.selective import augrc, aurc, auroc, e_aurc, fpr95

__all__ = [
    "ALEXNET_CLEAN_ERROR",
    "ALEXNET_MEAN_ERROR",
    "ALEXNET_SEVERITY_ERROR",
    "EXTRA_CORRUPTIONS",
    "TEST_CORRUPTIONS",
    "adaptive_ece",
    "augrc",
    "aurc",
    "auroc",
    "bootstrap",
    "brier",
    "corruption_errors",
    "e_aurc",
    "ece",
    "effective_images",
    "fpr95",
    "hull_interval",
    "mean_corruption_error",
    "nll",
    "percentile_interval",
    "relative_corruption_errors",
    "relative_mean_corruption_error",
    "resample_counts",
    "resamples_for",
    "severity_corruption_errors",
    "wilson",
]
