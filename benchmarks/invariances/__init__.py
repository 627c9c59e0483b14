"""Invariances: what every layer of a classifier keeps of images and what it discards, as samples and figures."""

from benchmarks.invariances.pictures import shown
from benchmarks.invariances.results import judge, write_invariances
from benchmarks.invariances.running import Drawing, Sampled, draw_images, left_to_train, sample_layers, steps_of_drawing
from benchmarks.invariances.tasks import Options, Task, open_tasks

__all__ = [
    "Drawing",
    "Options",
    "Sampled",
    "Task",
    "draw_images",
    "judge",
    "left_to_train",
    "open_tasks",
    "sample_layers",
    "shown",
    "steps_of_drawing",
    "write_invariances",
]
