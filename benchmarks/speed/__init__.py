"""Performance, as ratios of things measured side by side in one run."""

from benchmarks.speed.inference import measure_inference
from benchmarks.speed.memory import measure_memory

__all__ = ["MEASUREMENTS", "measure_inference", "measure_memory"]

MEASUREMENTS = {"inference": measure_inference, "memory": measure_memory}
