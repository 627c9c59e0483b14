"""Explanations: maps of any classifier with their checks, and the methods judged where the truth is planted."""

from benchmarks.explanations.choosing import choose_images
from benchmarks.explanations.explained_results import write_explained
from benchmarks.explanations.explaining import CHECKS, Explained, Maps, Task, explain
from benchmarks.explanations.methods import CONTROL, RandomMaps, choose_methods, reason_against
from benchmarks.explanations.planted_results import write_planted
from benchmarks.explanations.planted_running import PlantedFindings, find_planted, planted_tables, unfinished_work
from benchmarks.explanations.planted_setting import PlantedSetting, parse_rules
from benchmarks.explanations.running import explain_tasks, open_tasks, remaining_maps
from benchmarks.explanations.sensitivity import image_sensitivity

__all__ = [
    "CHECKS",
    "CONTROL",
    "Explained",
    "Maps",
    "PlantedFindings",
    "PlantedSetting",
    "RandomMaps",
    "Task",
    "choose_images",
    "choose_methods",
    "explain",
    "explain_tasks",
    "find_planted",
    "image_sensitivity",
    "open_tasks",
    "parse_rules",
    "planted_tables",
    "reason_against",
    "remaining_maps",
    "unfinished_work",
    "write_explained",
    "write_planted",
]
