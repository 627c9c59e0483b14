"""StylEx on classifiers and images: trained, measured, and judged on images whose causes are known."""

from benchmarks.stylex.data import StylexData, planted_data, samples_data
from benchmarks.stylex.explained_results import write_explained_stylex
from benchmarks.stylex.explaining import Explained, ExplainSetting, explain_system
from benchmarks.stylex.fidelity import measure_fidelity
from benchmarks.stylex.grids import sample_grid
from benchmarks.stylex.planted_bars import BARS, judge_bars
from benchmarks.stylex.planted_judging import judge_stylex
from benchmarks.stylex.planted_running import find_systems, unfinished_work
from benchmarks.stylex.planted_setting import PlantedStylex, parse_systems
from benchmarks.stylex.readiness import measure_readiness, reasons_against
from benchmarks.stylex.restricting import restrict
from benchmarks.stylex.setting import StylexSetting
from benchmarks.stylex.tasks import StylexTask, open_task
from benchmarks.stylex.training import RESULT, remaining_steps, train_stylex

__all__ = [
    "BARS",
    "RESULT",
    "ExplainSetting",
    "Explained",
    "PlantedStylex",
    "StylexData",
    "StylexSetting",
    "StylexTask",
    "explain_system",
    "find_systems",
    "judge_bars",
    "judge_stylex",
    "measure_fidelity",
    "measure_readiness",
    "open_task",
    "parse_systems",
    "planted_data",
    "reasons_against",
    "remaining_steps",
    "restrict",
    "sample_grid",
    "samples_data",
    "train_stylex",
    "unfinished_work",
    "write_explained_stylex",
]
