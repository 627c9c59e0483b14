"""Records to tidy tables: every figure with its n, its 95 % interval and its convention."""

from benchmarks.summary.panel import COLUMNS, Panel, read_panels
from benchmarks.summary.status import skipped, status
from benchmarks.summary.tables import summarise, summarise_panels

__all__ = ["COLUMNS", "Panel", "read_panels", "skipped", "status", "summarise", "summarise_panels"]
