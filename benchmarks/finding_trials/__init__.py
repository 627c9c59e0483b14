"""Findings put to the test: controls in which nothing may be found, and planted problems that must come first."""

from benchmarks.finding_trials.controls import CONTROLS, control_table
from benchmarks.finding_trials.planting import PROBLEMS, Planted
from benchmarks.finding_trials.trials import TRIALS, trial_row

__all__ = ["CONTROLS", "PROBLEMS", "TRIALS", "Planted", "control_table", "trial_row"]
