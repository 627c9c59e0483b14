"""Stability: how often a prediction changes along sequences of nearly equal images, as on ImageNet-P."""

from benchmarks.stability.running import (
    choose_perturbations,
    measure_stability,
    run_stability,
    unfinished_perturbations,
)
from benchmarks.stability.sequences import score_sequences
from benchmarks.stability.table import STABILITY, stability_table

__all__ = [
    "STABILITY",
    "choose_perturbations",
    "measure_stability",
    "run_stability",
    "score_sequences",
    "stability_table",
    "unfinished_perturbations",
]
