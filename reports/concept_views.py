"""The tables of concepts as the page shows them."""

import math
from collections.abc import Sequence
from typing import Any

import pandas as pd

from reports.tables import each_row, format_count, format_interval
from reports.views import ROWS_SHOWN, Cell, Head, View, clipped, figure_cell, spread

__all__ = ["MAPS", "associations_view", "concepts_view", "factors_view", "wrong_view"]

MAPS = {"rotation": "linear", "flow": "flow"}
"""What readers call the maps from features to factors."""

_FIGURES = {
    "swap_changes": Head(
        text="Swap changes",
        meaning="Share of swaps with another image's factor that change the decision.",
        numeric=True,
    ),
    "swap_to_donor": Head(
        text="To the donor's",
        meaning="Share of swaps between images of different decisions that give the donor's.",
        numeric=True,
    ),
    "resample_changes": Head(
        text="Any value changes", meaning="Share of random values of the factor that change the decision.", numeric=True
    ),
}


def factors_view(factors: pd.DataFrame) -> View:
    """Return one row per model, layer and attribute: whether the layer represents it, and how loudly."""
    rows = [
        (
            Cell(text=clipped(row.factor)),
            *_where(row, factors),
            Cell(text=clipped(row.source) if isinstance(row.source, str) else "–"),
            Cell(text=_dimensions(row), order=float(row.dimensions)),
            _number(row.eigenvalue),
            _number(row.null),
            _interval(row.value, row.low, row.high),
            Cell(text=format_count(row.pairs), order=float(row.pairs)),
        )
        for row in each_row(factors)
    ]
    heads = (
        Head(text="Factor"),
        *_where_heads(factors),
        Head(text="Named by"),
        Head(text="Dimensions", meaning="Directions along which partners agree more than random ones.", numeric=True),
        Head(text="Agreement", meaning="Correlation of partners along their best direction.", numeric=True),
        Head(text="Needed", meaning="1.2 times the best of 20 random pairings.", numeric=True),
        Head(text="Share", meaning="Of the layer's variance, what partners have in common; held out.", numeric=True),
        Head(text="Pairs", numeric=True),
    )
    return _view("concepts_factors", "Which attributes the layer represents", heads, rows)


def concepts_view(concepts: pd.DataFrame) -> View:
    """Return one row per model, layer, factor and map: what decisions make of it, and where its attribute is read."""
    rows: list[tuple[Cell, ...]] = []
    concepts = concepts.assign(place=pd.factorize(concepts["factor"])[0])
    concepts = concepts.sort_values(["model", "layer", "place"], kind="stable")  # both maps of a factor side by side
    figures = concepts[concepts["metric"].isin(_FIGURES) | (concepts["metric"] == "leakage")]
    keyed = figures.assign(
        metric=[f"{row.metric}\0{row.other}" if row.metric == "leakage" else row.metric for row in each_row(figures)]
    )
    for (model, layer, factor, name), found in spread(keyed, ["model", "layer", "factor", "map"]).items():
        told = {key.partition("\0")[2]: row for key, row in found.items() if "\0" in key}
        if not any(key in found for key in _FIGURES):
            continue  # all features together are no factor
        lead = [Cell(text=clipped(factor)), Cell(text=MAPS.get(str(name), clipped(name)))]
        several = _several(concepts)
        where = [Cell(text=clipped(one)) for one, shown in zip((model, layer), several, strict=True) if shown]
        own, other = told.pop(str(factor), None), max(told.values(), key=lambda row: row.value, default=None)
        rows.append((*lead, *where, *(figure_cell(found.get(key)) for key in _FIGURES), figure_cell(own), _leak(other)))
    heads = (
        Head(text="Factor"),
        Head(text="Map"),
        *_where_heads(concepts),
        *_FIGURES.values(),
        Head(text="Own attribute", meaning="R² of a linear probe from the factor to its own attribute.", numeric=True),
        Head(text="Most of another", meaning="The other attribute that is read best from it: leakage.", numeric=True),
    )
    return _view("concepts", "What decisions make of each factor", heads, rows)


def associations_view(table: pd.DataFrame) -> View:
    """Return one row per pair of attributes, the closest first, and what reweighting left of it."""
    ordered = table.sort_values("value", ascending=False)
    rows = [
        (
            Cell(text=clipped(row.attribute)),
            Cell(text=clipped(row.other)),
            *_where(row, table),
            _interval(row.value, row.low, row.high),
            Cell(text="yes" if _true(row.associated) else "no"),
            _number(row.after),
            Cell(text=f"{row.effective_n:.0f} of {row.n:.0f}", order=float(row.effective_n)),
        )
        for row in each_row(ordered)
    ]
    heads = (
        Head(text="Attribute"),
        Head(text="Other"),
        *_where_heads(table),
        Head(text="Association", meaning="Cramér's V: 0 independent, 1 tied; numbers in quarters.", numeric=True),
        Head(text="Clearly?", meaning="Whether the whole interval lies above 0.1."),
        Head(
            text="After reweighting", meaning="The same among the images that factors were learned from.", numeric=True
        ),
        Head(text="Effective n", meaning="Equally weighed images that say as much as the weighted ones.", numeric=True),
    )
    return _view("concepts_association", "Attributes that go together", heads, rows)


def wrong_view(table: pd.DataFrame) -> View:
    """Return one row per factor and reading, the largest deviation first."""
    ordered = table.sort_values("value", key=abs, ascending=False)
    rows = [
        (
            Cell(text=clipped(row.factor)),
            Cell(text=clipped(row.reading)),
            *_where(row, table),
            _interval(row.value, row.low, row.high),
            Cell(text=clipped(row.finding) if isinstance(row.finding, str) and row.finding else "–"),
            Cell(text=format_count(row.n), order=float(row.n)),
            Cell(text=format_count(row.correct), order=float(row.correct)),
        )
        for row in each_row(ordered)
    ]
    heads = (
        Head(text="Factor"),
        Head(text="What is read"),
        *_where_heads(table),
        Head(
            text="Deviation",
            meaning="Mean of confidently wrong images, in standard deviations of correct ones of their class.",
            numeric=True,
        ),
        Head(text="Finding"),
        Head(text="Wrong", meaning="Confidently wrong images: the more confident half.", numeric=True),
        Head(text="Correct", meaning="Correct images of their classes.", numeric=True),
    )
    return _view("concepts_wrong", "What confidently wrong images lack or exaggerate", heads, rows)


def _several(frame: pd.DataFrame) -> tuple[bool, bool]:
    """Whether there are several models, and several layers of one."""
    return frame["model"].nunique() > 1, bool((frame.groupby("model")["layer"].nunique() > 1).any())


def _where_heads(frame: pd.DataFrame) -> list[Head]:
    return [Head(text=text) for text, shown in zip(("Model", "Layer"), _several(frame), strict=True) if shown]


def _where(row: Any, frame: pd.DataFrame) -> list[Cell]:
    cells = (Cell(text=clipped(row.model)), Cell(text=clipped(row.layer)))
    return [cell for cell, shown in zip(cells, _several(frame), strict=True) if shown]


def _dimensions(row: Any) -> str:
    if math.isfinite(row.eigenvalue):
        return str(int(row.dimensions)) if row.dimensions else "not represented"
    return clipped(row.statement.partition(": ")[2])


def _leak(row: Any) -> Cell:
    if row is None:
        return Cell(text="–")
    return Cell(
        text=f"{clipped(row.other, 40)} {format_interval(row.value, row.low, row.high)}", order=float(row.value)
    )


def _true(value: object) -> bool:
    return str(value) == "True"  # also as read back from a file


def _number(value: float) -> Cell:
    return Cell(text=f"{value:.2f}", order=float(value)) if math.isfinite(value) else Cell(text="–")


def _interval(value: float, low: float, high: float) -> Cell:
    return Cell(text=format_interval(value, low, high), order=float(value) if math.isfinite(value) else None)


def _view(name: str, title: str, heads: tuple[Head, ...], rows: Sequence[Any]) -> View:
    more = max(0, len(rows) - ROWS_SHOWN)
    return View(name=name, title=title, heads=heads, rows=tuple(rows[:ROWS_SHOWN]), more=more, filterable=True)
