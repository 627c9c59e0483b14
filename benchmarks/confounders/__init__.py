"""Confounders: images shown as another group would have them, and whether a classifier then changes its mind."""

from benchmarks.confounders.finding import Asked
from benchmarks.confounders.groups import COIN
from benchmarks.confounders.results import TABLE, judge_confounders, steps_left, write_confounders

__all__ = ["COIN", "TABLE", "Asked", "judge_confounders", "steps_left", "write_confounders"]
