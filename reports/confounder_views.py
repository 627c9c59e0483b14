"""The table of confounders as the page shows it."""

from typing import Any

import pandas as pd

from reports.tables import each_row, format_count
from reports.views import ROWS_SHOWN, Cell, Head, View, clipped, figure_cell

__all__ = ["confounder_pairs_view", "confounders_view"]

_FLOW, _LINEAR = "flow", "linear"
_COLUMNS = {
    (_FLOW, "flipped"): Head(
        text="Answers changed",
        meaning="Share of predictions that change when an image is drawn as another group would have it.",
        numeric=True,
    ),
    (_LINEAR, "flipped"): Head(
        text="Answers changed, linear", meaning="The same by the linear-Gaussian baseline.", numeric=True
    ),
    (_FLOW, "shift"): Head(
        text="Shift of probabilities", meaning="Total variation between the probabilities of both.", numeric=True
    ),
    (_FLOW, "arrived"): Head(
        text="Arrived", meaning="Share of projected images that are read as the group wanted.", numeric=True
    ),
    (_FLOW, "readable"): Head(
        text="Readable", meaning="Share of plain reconstructions that are read as their own group.", numeric=True
    ),
    (_FLOW, "leak"): Head(
        text="Leak", meaning="R² with which what should be free of the group still tells it; 0 is clean.", numeric=True
    ),
    (_FLOW, "round_trip"): Head(
        text="Round trip",
        meaning="Distance of codes after there and back, in distances between images at random.",
        numeric=True,
    ),
}


def confounders_view(table: pd.DataFrame) -> View:
    """Return one row per model and confounder: how many answers hang on it, and whether the projection holds."""
    several = table["model"].nunique() > 1
    groups: dict[tuple[str, str], dict[tuple[str, str], Any]] = {}
    for row in table[table["metric"] != "pair"].itertuples(index=False):
        groups.setdefault((str(row.model), str(row.confounder)), {})[str(row.map), str(row.metric)] = row
    rows = []
    for (model, confounder), found in groups.items():
        n = max((row.n for row in found.values()), default=0)
        lead = [Cell(text=_named(confounder)), *([Cell(text=clipped(model))] if several else [])]
        figures = (figure_cell(found.get(key)) for key in _COLUMNS)
        rows.append((*lead, *figures, Cell(text=format_count(n), order=float(n))))
    heads = (*_lead(several=several), *_COLUMNS.values(), Head(text="n", meaning="Images that judge.", numeric=True))
    return _view("confounders", "Answers that hang on a suspected confounder", heads, rows)


def confounder_pairs_view(table: pd.DataFrame) -> View:
    """Return one row per model, confounder and pair of groups: answers that change from one to the other."""
    several = table["model"].nunique() > 1
    pairs = table[(table["metric"] == "pair") & (table["map"] == _FLOW)]
    pairs = pairs.sort_values("value", ascending=False, kind="stable")
    rows = []
    for row in each_row(pairs):
        lead = [Cell(text=_named(str(row.confounder))), *([Cell(text=clipped(str(row.model)))] if several else [])]
        n = Cell(text=format_count(int(row.n)), order=float(row.n))
        rows.append((*lead, Cell(text=clipped(str(row.subject))), figure_cell(row), n))
    heads = (
        *_lead(several=several),
        Head(text="From and to"),
        _COLUMNS[_FLOW, "flipped"],
        Head(text="n", meaning="Images of the first group that judge.", numeric=True),
    )
    return _view("confounder_pairs", "From which group to which", heads, rows)


def _named(confounder: str) -> str:
    return "coin: groups that mean nothing" if confounder == "coin" else clipped(confounder)


def _lead(*, several: bool) -> tuple[Head, ...]:
    return Head(text="Confounder"), *((Head(text="Model"),) if several else ())


def _view(name: str, title: str, heads: tuple[Head, ...], rows: list[tuple[Cell, ...]]) -> View:
    more = max(0, len(rows) - ROWS_SHOWN)
    return View(name=name, title=title, heads=heads, rows=tuple(rows[:ROWS_SHOWN]), more=more, filterable=True)
