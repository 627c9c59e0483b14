"""The tables of single images as the page shows them: what groups of images share, and which corruption flips first."""

import re
from collections.abc import Mapping
from math import isnan

import pandas as pd

from reports.glossary import METRICS, condition_label
from reports.scores import score_label
from reports.tables import each_row, format_count, format_interval
from reports.views import ROWS_SHOWN, Cell, Head, View, clipped, figure_cell, metric_heads, spread

__all__ = ["IMAGE_TABLES", "flips_view", "quantity_label", "shared_view"]

IMAGE_TABLES = ("images_shared", "images_flips")

_GROUPS = {"confidently_wrong": "confidently wrong", "fragile": "fragile"}
_QUANTITIES: Mapping[str, str] = {
    "corrupted_wrong": "Corruptions: share of wrong answers",
    "max_probability": "Confidence",
    "attack_smallest_fooling": "Attack: smallest change that fools",
    "explain_map_agreement": "Maps: agreement of methods",
    "explain_map_area": "Maps: share of the pixels they use",
    "explain_insertion_blurred": "Maps: insertion",
    "explain_deletion_blurred": "Maps: deletion",
    "explain_sensitivity": "Maps: change by noise",
    "explain_randomised_correlation": "Maps: like those of the untrained network",
    "explain_relative_gap": "Maps: completeness gap",
}


def quantity_label(name: str) -> str:
    """What the page calls a quantity of single images.

    >>> quantity_label("factor_fc_input_hue"), quantity_label("statistics_flips_layer1")
    ('Factor hue (fc input)', 'Channel statistics: flips at layer1')
    """
    if name in _QUANTITIES:
        return _QUANTITIES[name]
    if name.startswith("score_"):
        return f"Score: {score_label(name.removeprefix('score_'))}"
    if name.startswith("statistics_flips_"):
        return f"Channel statistics: flips at {clipped(name.removeprefix('statistics_flips_'), 60)}"
    if found := re.fullmatch(r"stylex_attribute_(\d+)", name):
        return f"Attribute {found[1]}: swing of log-odds"
    if name.startswith("factor_"):
        layer, _, factor = name.removeprefix("factor_").rpartition("_")
        return f"Factor {clipped(factor, 40)} ({clipped(layer.replace('_', ' '), 40)})"
    return clipped(name)


def shared_view(shared: pd.DataFrame) -> View:
    """Return one row per group and quantity, clear differences first, then the larger ones."""
    several = shared["model"].nunique() > 1
    clear = (shared["low"] > 0) | (shared["high"] < 0)
    order = shared.assign(clear=clear, size=shared["deviations"].abs())
    order = order.sort_values(["group", "clear", "size"], ascending=[True, False, False], kind="stable")
    rows = [
        (
            Cell(text=quantity_label(str(row.quantity))),
            Cell(text=_GROUPS.get(str(row.group), clipped(row.group))),
            *([Cell(text=clipped(row.model))] if several else []),
            Cell(text=_number(row.mean), order=float(row.mean)),
            Cell(text=_number(row.against), order=float(row.against)),
            Cell(text=format_interval(row.value, row.low, row.high), order=float(row.value)),
            Cell(text="–" if isnan(row.deviations) else f"{row.deviations:+.1f}", order=float(row.deviations)),
            Cell(text=("higher" if row.value > 0 else "lower") if row.clear else "not told apart"),
            Cell(text=f"{format_count(row.n)} / {format_count(row.others)}", order=float(row.n)),
        )
        for row in each_row(order.head(ROWS_SHOWN))
    ]
    heads = (
        Head(text="Quantity"),
        Head(text="Images"),
        *([Head(text="Model")] if several else []),
        Head(text="Their mean", numeric=True),
        Head(text="Same class", meaning="Mean of the others, in the proportion of their classes.", numeric=True),
        Head(text="Difference", meaning=METRICS["matched_difference"].meaning, numeric=True),
        Head(text="In deviations", meaning="The difference in standard deviations within a class.", numeric=True),
        Head(text="Clear?", meaning="Whether the interval excludes 0; of twenty rows of noise one does."),
        Head(text="n / others", meaning="Images of the group, and others of their classes.", numeric=True),
    )
    more = max(0, len(shared) - ROWS_SHOWN)
    title = "What they share, against correct images of the same class"
    return View(name="images_shared", title=title, heads=heads, rows=tuple(rows), more=more, filterable=True)


def flips_view(flips: pd.DataFrame) -> View:
    """Return one row per model and corruption, how often it changes answers first."""
    metrics, several = list(flips["metric"].drop_duplicates()), flips["model"].nunique() > 1
    rows = []
    for (model, name), found in spread(flips, ["model", "condition_name"]).items():
        lead = [Cell(text=clipped(condition_label(str(name)))), *([Cell(text=clipped(model))] if several else [])]
        count = next(iter(found.values())).n
        figures = (figure_cell(found.get(metric)) for metric in metrics)
        rows.append((*lead, *figures, Cell(text=format_count(count), order=float(count))))
    heads = (
        Head(text="Corruption"),
        *([Head(text="Model")] if several else []),
        *metric_heads(metrics),
        Head(text="n", numeric=True),
    )
    more = max(0, len(rows) - ROWS_SHOWN)
    title = "Which corruption changes answers first"
    return View(name="images_flips", title=title, heads=heads, rows=tuple(rows[:ROWS_SHOWN]), more=more)


def _number(value: float) -> str:
    return f"{value:.3g}" if abs(value) < 1e4 else f"{value:.2e}"
