"""The tables of attributes as the page shows them."""

from collections.abc import Sequence

import pandas as pd

from reports.glossary import metric_label
from reports.tables import each_row
from reports.views import ROWS_SHOWN, Cell, Head, View, clipped, figure_cell, metric_heads, spread

__all__ = ["attributes_view", "fidelity_view"]

_SHOWN = ("swing", "turned_towards", "turned_away")


def attributes_view(attributes: pd.DataFrame) -> View:
    """Return one row per attribute: what it does alone, whether that can be chance, and which coordinates it is."""
    several = attributes[["model", "class_name"]].drop_duplicates().shape[0] > 1
    rows = []
    keys = ["model", "class_name", "attribute", "coordinates", "significant", "p"]
    for (model, name, number, coordinates, significant, p), found in spread(attributes, keys).items():
        rows.append(
            (
                Cell(text=f"attribute {int(number)}"),
                *([Cell(text=clipped(f"{name}, {model}"))] if several else []),
                *(figure_cell(found.get(metric)) for metric in _SHOWN),
                Cell(text="yes" if str(significant) == "True" else "no"),
                Cell(text=f"{p:.2g}" if p >= 1e-4 else "< 0.0001", order=float(p)),
                Cell(text=f"{len(str(coordinates).split())}", order=float(len(str(coordinates).split()))),
                Cell(text=clipped(coordinates, 80)),
            )
        )
    heads = (
        Head(text="Attribute"),
        *([Head(text="Class")] if several else []),
        *metric_heads(_SHOWN),
        Head(text="Significant", meaning="p of at most 0.025, of a classifier that is better than guessing."),
        Head(
            text="p",
            meaning="One-sided, of the swing on held-out images, times the number of attributes.",
            numeric=True,
        ),
        Head(
            text="Size",
            meaning="Number of style coordinates that are read; all of them where it is an independent component.",
            numeric=True,
        ),
        Head(text="Coordinates", meaning="Layer, channel and the end that speaks for the class."),
    )
    name = "" if several else f" of {clipped(attributes['class_name'].iloc[0], 40)}"
    return _view("stylex_attributes", f"Attributes{name}, in the order of the search", heads, rows)


def fidelity_view(fidelity: pd.DataFrame) -> View:
    """Return one row per measure of how well the generator shows the classifier's images."""
    rows = [
        (Cell(text=metric_label(row.metric)), figure_cell(row), Cell(text=f"{int(row.n):,}", order=float(row.n)),
         Cell(text=clipped(row.convention)))
        for row in each_row(fidelity)
    ]  # fmt: skip
    heads = (
        Head(text="Measure"),
        Head(text="Value", numeric=True),
        Head(text="n", numeric=True),
        Head(text="How it is counted"),
    )
    return _view("stylex_fidelity", "Held-out images and their reconstructions", heads, rows)


def _view(name: str, title: str, heads: tuple[Head, ...], rows: Sequence[tuple[Cell, ...]]) -> View:
    more = max(0, len(rows) - ROWS_SHOWN)
    return View(name=name, title=title, heads=heads, rows=tuple(rows[:ROWS_SHOWN]), more=more)
