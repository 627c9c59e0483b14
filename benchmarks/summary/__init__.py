"""Records to tidy tables: every figure with its n, its 95 % interval and its convention."""

from benchmarks.summary.panel import COLUMNS
from benchmarks.summary.tables import summarise

__all__ = ["COLUMNS", "summarise"]
