"""Global statistics: how much a trained classifier leans on the mean and spread of its channels."""

from benchmarks.global_statistics.depths import PIXELS, Depth, every_site, stages
from benchmarks.global_statistics.outcomes import ANY, OTHER, SAME, SwapOutcomes, swap_outcomes
from benchmarks.global_statistics.running import Task, exchange_tasks, left_to_answer, open_tasks, write_reliance
from benchmarks.global_statistics.table import ALL, RELIANCE, reliance_table, statistics_reliance

__all__ = [
    "ALL",
    "ANY",
    "OTHER",
    "PIXELS",
    "RELIANCE",
    "SAME",
    "Depth",
    "SwapOutcomes",
    "Task",
    "every_site",
    "exchange_tasks",
    "left_to_answer",
    "open_tasks",
    "reliance_table",
    "stages",
    "statistics_reliance",
    "swap_outcomes",
    "write_reliance",
]
