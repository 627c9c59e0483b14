"""Comparison of training recipes: same network, same steps, same seeds, and an interval on every difference."""

from benchmarks.augmentation.bed_choice import BEDS, Wish, choose_bed
from benchmarks.augmentation.beds import Bed, DigitsBed, FoldersBed, PlantedBed, open_bed
from benchmarks.augmentation.comparison import BASELINE, CANDIDATES, RECIPES_COMPARED, REFERENCE, Attack, Comparison
from benchmarks.augmentation.running import Execution, run_comparison

__all__ = [
    "BASELINE",
    "BEDS",
    "CANDIDATES",
    "RECIPES_COMPARED",
    "REFERENCE",
    "Attack",
    "Bed",
    "Comparison",
    "DigitsBed",
    "Execution",
    "FoldersBed",
    "PlantedBed",
    "Wish",
    "choose_bed",
    "open_bed",
    "run_comparison",
]
