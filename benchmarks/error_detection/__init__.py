"""Does the classifier know when it is wrong? Every score judged on the same errors: clean, corrupted, adversarial."""

from benchmarks.error_detection.attack_table import ATTACKS, count_attacks
from benchmarks.error_detection.attacking import AttackSetting
from benchmarks.error_detection.curves import CURVES, MAIN_SCORES
from benchmarks.error_detection.finishing import collect_errors, finish_errors, run_errors, setting_of
from benchmarks.error_detection.running import Setting, unfinished_blocks
from benchmarks.error_detection.table import ERRORS, Judged, error_table

__all__ = [
    "ATTACKS",
    "CURVES",
    "ERRORS",
    "MAIN_SCORES",
    "AttackSetting",
    "Judged",
    "Setting",
    "collect_errors",
    "count_attacks",
    "error_table",
    "finish_errors",
    "run_errors",
    "setting_of",
    "unfinished_blocks",
]
