"""Arrays to numbers: corruption error, selective classification, calibration, stability, intervals.

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
from benchmarks.metrics.stability import (
    ALEXNET_FLIP_PROBABILITY,
    ALEXNET_TOP5_DISTANCE,
    TEST_PERTURBATIONS,
    class_order,
    flip_probability,
    flip_rates,
    mean_flip_rate,
    mean_top5_rate,
    top5_distance,
    top5_distances,
    top5_rates,
    top_ranks,
    zipf_distance,
    zipf_distances,
)

__all__ = [
    "ALEXNET_CLEAN_ERROR",
    "ALEXNET_FLIP_PROBABILITY",
    "ALEXNET_MEAN_ERROR",
    "ALEXNET_SEVERITY_ERROR",
    "ALEXNET_TOP5_DISTANCE",
    "EXTRA_CORRUPTIONS",
    "TEST_CORRUPTIONS",
    "TEST_PERTURBATIONS",
    "adaptive_ece",
    "augrc",
    "aurc",
    "auroc",
    "bootstrap",
    "brier",
    "class_order",
    "corruption_errors",
    "e_aurc",
    "ece",
    "effective_images",
    "flip_probability",
    "flip_rates",
    "fpr95",
    "hull_interval",
    "mean_corruption_error",
    "mean_flip_rate",
    "mean_top5_rate",
    "nll",
    "percentile_interval",
    "relative_corruption_errors",
    "relative_mean_corruption_error",
    "resample_counts",
    "resamples_for",
    "severity_corruption_errors",
    "top5_distance",
    "top5_distances",
    "top5_rates",
    "top_ranks",
    "wilson",
    "zipf_distance",
    "zipf_distances",
]
