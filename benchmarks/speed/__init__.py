"""Performance, as ratios of things measured side by side in one run."""

from benchmarks.speed.attribution import measure_attribution
from benchmarks.speed.corruptions import measure_corruptions
from benchmarks.speed.errors import measure_errors
from benchmarks.speed.inference import measure_inference
from benchmarks.speed.memory import measure_memory
from benchmarks.speed.ranks import measure_ranks
from benchmarks.speed.records import measure_records
from benchmarks.speed.stylex import measure_stylex
from benchmarks.speed.training import measure_training

__all__ = [
    "MEASUREMENTS",
    "measure_attribution",
    "measure_corruptions",
    "measure_errors",
    "measure_inference",
    "measure_memory",
    "measure_ranks",
    "measure_records",
    "measure_stylex",
    "measure_training",
]

MEASUREMENTS = {
    "attribution": measure_attribution,
    "corruptions": measure_corruptions,
    "errors": measure_errors,
    "inference": measure_inference,
    "memory": measure_memory,
    "ranks": measure_ranks,
    "records": measure_records,
    "stylex": measure_stylex,
    "training": measure_training,
}
