"""Tables of models against each other as the page shows them."""

from collections.abc import Sequence

import pandas as pd

from reports.glossary import condition_label, metric_label
from reports.tables import each_row, format_interval
from reports.views import ROWS_SHOWN, Cell, Head, View, clipped, figure_cell, metric_heads, spread

__all__ = ["corruption_differences_view", "differences_view", "ranks_view"]

_RANKS_ACROSS = 8


def differences_view(differences: pd.DataFrame) -> View | None:
    """Return one row per pair of models, metrics across; None without errors over many images."""
    rows_of = differences[differences["condition_name"] == ""]
    metrics = list(rows_of["metric"].drop_duplicates())
    rows = [
        (Cell(text=clipped(model)), Cell(text=clipped(other)), *(figure_cell(found.get(metric)) for metric in metrics))
        for (model, other), found in spread(rows_of, ["model", "other"]).items()
    ]
    heads = (Head(text="Model"), Head(text="Minus"), *metric_heads(metrics))
    title = "Differences between models on the same images, with 95 % intervals"
    return _view("differences", title, heads, rows) if rows else None


def corruption_differences_view(differences: pd.DataFrame) -> View | None:
    """Return one row per pair of models and corruption; None without any."""
    rows = [
        (Cell(text=clipped(condition_label(str(row.condition_name)))), Cell(text=clipped(row.model)),
         Cell(text=clipped(row.other)), figure_cell(row))
        for row in each_row(differences[differences["condition_name"] != ""])
    ]  # fmt: skip
    heads = (Head(text="Corruption"), Head(text="Model"), Head(text="Minus"), *metric_heads(["mean_error"]))
    return _view("corruption_differences", "Differences by corruption", heads, rows) if rows else None


def ranks_view(ranks: pd.DataFrame) -> View:
    """Return one row per metric and model: its rank with interval, and the share of resamples at every rank."""
    most = min(int(ranks["rank"].max()), _RANKS_ACROSS)
    rows = []
    for (metric, model), own in ranks.groupby(["metric", "model"], sort=False, observed=True):
        found = {int(row.rank): row for row in each_row(own)}
        rank = found[0]
        shares = (Cell(text=f"{found[place].value:.0%}", order=found[place].value) for place in range(1, most + 1))
        text = format_interval(rank.value, rank.low, rank.high, "x1000")  # one decimal: equal models share ranks
        lead = (Cell(text=metric_label(str(metric))), Cell(text=clipped(model)))
        rows.append((*lead, Cell(text=text, order=rank.value), *shares))
    heads = (
        Head(text="Ordered by"),
        Head(text="Model"),
        Head(text="Rank", meaning="Rank 1 has the fewest errors; interval over resamples of the images.", numeric=True),
        *(
            Head(text=f"Rank {place}", meaning="Share of resamples with this rank.", numeric=True)
            for place in range(1, most + 1)
        ),
    )
    return _view("ranks", "How sure the order is", heads, rows)


def _view(name: str, title: str, heads: tuple[Head, ...], rows: Sequence[tuple[Cell, ...]]) -> View:
    more = max(0, len(rows) - ROWS_SHOWN)
    return View(name=name, title=title, heads=heads, rows=tuple(rows[:ROWS_SHOWN]), more=more, filterable=True)
