"""The tables of a study of many classifiers as the page shows them."""

from typing import Any

import pandas as pd

from reports.scores import score_label
from reports.tables import each_row, format_interval
from reports.views import ROWS_SHOWN, Cell, Head, View, clipped, figure_cell

__all__ = ["STUDY_TABLES", "study_bars_view", "study_view"]

STUDY_TABLES = ("error_study", "error_study_bars")

_POPULATIONS = {"mild": "clean and mildly corrupted", "clean": "clean"}
_DETECTOR, _BASELINE = "detector", "max_softmax"
_GAIN = "AUROC of the learned detector minus that of this score, on the same images."
_OTHERS = {_BASELINE: "MSP", "detector_without_copies": "no copies", "tta_confidence": "TTA"}


def study_view(study: pd.DataFrame) -> View:
    """Return one row per classifier and population: accuracy, errors, and the detector against each other score."""
    found: dict[tuple[Any, ...], dict[tuple[str, ...], Any]] = {}
    for row in each_row(study):
        key = (row.classifier, row.group, row.population, row.errors)
        found.setdefault(key, {})[(row.score, row.against, row.metric)] = row
    rows = [
        (
            Cell(text=clipped(classifier)),
            Cell(text=clipped(group)),
            Cell(text=_POPULATIONS.get(str(population), clipped(population))),
            figure_cell(cells.get(("", "", "accuracy"))),
            Cell(text=f"{int(errors):,}", order=float(errors)),
            figure_cell(cells.get((_BASELINE, "", "auroc"))),
            *(figure_cell(cells.get((_DETECTOR, other, "auroc_gain"))) for other in _OTHERS),
            figure_cell(cells.get((_DETECTOR, _BASELINE, "augrc_change"))),
        )
        for (classifier, group, population, errors), cells in found.items()
    ]
    heads = (
        Head(text="Classifier"),
        Head(text="Group", meaning="Counted, or shown beside: too weak, too strong, or with too few errors."),
        Head(text="Images"),
        Head(text="Accuracy", numeric=True),
        Head(text="Errors", numeric=True),
        Head(text="AUROC of MSP", numeric=True),
        *(Head(text=f"above {short}", meaning=_GAIN, numeric=True) for short in _OTHERS.values()),
        Head(text="AUGRC", meaning="AUGRC of the detector over that of MSP, minus 1.", numeric=True),
    )
    more = max(0, len(rows) - ROWS_SHOWN)
    shown = tuple(rows[:ROWS_SHOWN])
    return View(name="error_study", title="Every classifier", heads=heads, rows=shown, more=more, filterable=True)


def study_bars_view(bars: pd.DataFrame) -> View:
    """Return one row per question: what all counted classifiers come to, and the bar set beforehand."""
    rows = tuple(
        (
            Cell(text=_worded(row.question)),
            Cell(text=_POPULATIONS.get(str(row.population), clipped(row.population))),
            Cell(text=_value(row), order=float(row.value)),
            Cell(text=f"{int(row.n):,}", order=float(row.n)),
            Cell(text=str(row.needed)),
            Cell(text=str(row.reached)),
        )
        for row in each_row(bars.fillna({"needed": "", "reached": ""}))
    )
    heads = (
        Head(text="Question"),
        Head(text="Images"),
        Head(text="Value", numeric=True),
        Head(text="Classifiers", numeric=True),
        Head(text="Bar"),
        Head(text="Reached"),
    )
    return View(name="error_study_bars", title="All counted classifiers", heads=heads, rows=rows)


def _worded(question: object) -> str:
    words = str(question)
    for name in ("max_softmax", "detector_without_copies", "tta_confidence"):
        words = words.replace(name, score_label(name))
    return clipped(words)


def _value(row: Any) -> str:
    if row.low == row.low:
        return format_interval(row.value, row.low, row.high)
    if row.value != row.value:
        return "–"
    return f"{row.value:.0f}" if float(row.value).is_integer() and row.value > 1 else f"{row.value:.3f}"
