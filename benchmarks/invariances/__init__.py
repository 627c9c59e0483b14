"""Invariances: what every layer of a classifier keeps of images and what it discards, as samples and figures."""

from benchmarks.invariances.results import judge, write_invariances
from benchmarks.invariances.running import Options, Sampled, Task, left_to_train, open_tasks, sample_layers

__all__ = [
    "Options",
    "Sampled",
    "Task",
    "judge",
    "left_to_train",
    "open_tasks",
    "sample_layers",
    "write_invariances",
]
