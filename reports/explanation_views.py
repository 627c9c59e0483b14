"""The tables of explanations as the page shows them."""

from collections.abc import Sequence
from typing import Any

import pandas as pd

from reports.glossary import condition_label
from reports.tables import each_row, format_interval
from reports.views import ROWS_SHOWN, Cell, Head, View, clipped, figure_cell, metric_heads, spread

__all__ = ["explained_view", "planted_view"]

GROUPS = {"random": "drawn at random", "confidently_wrong": "most confidently wrong"}


def explained_view(summary: pd.DataFrame) -> View:
    """Return one row per model, choice of images and method, checks across."""
    several = summary["model"].nunique() > 1
    metrics = list(summary["metric"].drop_duplicates())
    rows: list[tuple[Cell, ...]] = []
    for (model, group, method), found in spread(summary, ["model", "group", "method"]).items():
        lead = [Cell(text=condition_label(str(method))), Cell(text=GROUPS.get(str(group), clipped(group)))]
        figures = (figure_cell(found.get(metric)) for metric in metrics)
        rows.append((*lead, *([Cell(text=clipped(model))] if several else []), *figures))
    heads = (
        Head(text="Method"),
        Head(text="Images"),
        *([Head(text="Model")] if several else []),
        *metric_heads(metrics),
    )
    return _view("explanations_summary", "What the maps of each method are worth", heads, rows)


def planted_view(planted: pd.DataFrame) -> View:
    """Return one row per planted classifier, region and method: multiples of chance by positive mass."""
    rows = [
        (
            Cell(text=condition_label(str(row.method))),
            Cell(text=clipped(row.classifier)),
            Cell(text=clipped(row.question)),
            Cell(text="must" if str(row.expected) == "True" else "must not"),
            _figure(row.value, row.low, row.high),
            _figure(row.ratio, row.ratio_low, row.ratio_high),
            Cell(text=f"{row.needed:.2f}", order=float(row.needed)),
            Cell(text=clipped(row.verdict)),
        )
        for row in each_row(planted[planted["measure"] == "positive_mass"])
    ]
    heads = (
        Head(text="Method"),
        Head(text="Planted classifier"),
        Head(text="Region"),
        Head(text="Point there?"),
        Head(text="Mass in region", meaning="Share of the positive attribution that lies in the region.", numeric=True),
        Head(text="Times chance", meaning="That share over the region's share of the area.", numeric=True),
        Head(text="Needed", meaning="From which multiple a region counts as pointed at.", numeric=True),
        Head(text="Verdict"),
    )
    return _view("planted", "Every method where the reasons are known", heads, rows)


def _figure(value: float, low: float, high: float) -> Cell:
    return Cell(text=format_interval(value, low, high), order=float(value))


def _view(name: str, title: str, heads: tuple[Head, ...], rows: Sequence[Any]) -> View:
    more = max(0, len(rows) - ROWS_SHOWN)
    return View(name=name, title=title, heads=heads, rows=tuple(rows[:ROWS_SHOWN]), more=more, filterable=True)
