"""The tables of a comparison of recipes as the page shows them."""

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from reports.augmentation_plots import recipe_label
from reports.glossary import METRICS, condition_label, metric_label
from reports.tables import each_row, format_interval
from reports.views import ROWS_SHOWN, Cell, Head, View, clipped, figure_cell

__all__ = ["choice_view", "claims_view", "differences_view", "recipes_view"]

_COLUMNS = (
    ("error", "clean"),
    ("mean_corruption_error", "all"),
    ("mean_error", "noise"),
    ("mean_error", "blur"),
    ("mean_error", "weather"),
    ("mean_error", "digital"),
    ("mean_error", "contrast"),
    ("mean_error", "brightness"),
    ("mean_error", "fog"),
    ("ece", "clean"),
    ("ece", "corrupted"),
    ("auroc", "clean"),
    ("auroc", "corrupted"),
    ("augrc", "clean"),
    ("augrc", "corrupted"),
    ("accuracy_under_attack", "clean"),
    ("statistics_flip_rate", "pixels"),
    ("statistics_takeover_rate", "pixels"),
    ("gap_closed", "clean"),
    ("images_per_second", "training"),
    ("relative_cost", "training"),
)
_PLAIN = {"all", "training"}
_DIFFERENCES = (
    ("mean_corruption_error", "all"),
    ("error", "clean"),
    ("mean_error", "contrast, brightness, fog"),
    ("mean_error", "all others"),
    ("augrc", "corrupted"),
    ("accuracy_under_attack", "clean"),
    ("statistics_flip_rate", "pixels"),
    ("statistics_takeover_rate", "pixels"),
)


def recipes_view(table: pd.DataFrame) -> View:
    """Return one row per recipe, best mean corruption error first, main figures across."""
    found: Mapping[tuple[Any, ...], dict[str, Any]] = {
        (recipe, overlaps): {f"{row.metric} {row.group}": row for row in each_row(own)}
        for (recipe, overlaps), own in table.groupby(["recipe", "overlaps"], sort=False, dropna=False)
    }
    columns = [key for key in _COLUMNS if any(" ".join(key) in rows for rows in found.values())]
    ordered = sorted(found.items(), key=lambda one: _value(one[1].get("mean_corruption_error all")))
    rows = [
        (
            Cell(text=recipe_label(recipe, overlaps)),
            *(figure_cell(figures.get(" ".join(key))) for key in columns),
            Cell(text=clipped(overlaps, 48) if isinstance(overlaps, str) and overlaps else "none"),
        )
        for (recipe, overlaps), figures in ordered
    ]
    heads = (
        Head(text="Recipe"),
        *map(_head, columns),
        Head(text="Overlap", meaning="Operations it trains with that resemble test corruptions."),
    )
    return _view("augmentations", "Every recipe, best first: means over seeds", heads, rows)


def differences_view(table: pd.DataFrame) -> View:
    """Return one row per pair of recipes and main metric."""
    rows = [
        (
            Cell(text=f"{recipe_label(row.recipe, row.overlaps)} − {clipped(row.rival)}"),
            Cell(text=_name(row.metric, row.group)),
            figure_cell(row),
            Cell(text=f"{row.lower:.0f} of {row.seeds:.0f}", order=float(row.lower)),
            Cell(text=f"{row.clearly_lower:.0f} of {row.seeds:.0f}", order=float(row.clearly_lower)),
            Cell(text=f"{row.clearly_higher:.0f} of {row.seeds:.0f}", order=float(row.clearly_higher)),
        )
        for key in _DIFFERENCES
        for row in each_row(table[(table["metric"] == key[0]) & (table["group"] == key[1])])
    ]
    heads = (
        Head(text="Recipes"),
        Head(text="Metric"),
        Head(text="Difference", meaning="Recipe minus rival, paired over images and seeds.", numeric=True),
        Head(text="Lower", meaning="Seeds in which the recipe's figure is lower.", numeric=True),
        Head(text="Clearly lower", meaning="Those whose own interval over images is below 0.", numeric=True),
        Head(text="Clearly higher", meaning="Those whose own interval over images is above 0.", numeric=True),
    )
    return _view("augmentations_differences", "Paired differences", heads, rows)


def claims_view(table: pd.DataFrame) -> View:
    """Return one row per claim with its verdict."""
    rows = [
        (
            Cell(text=f"{clipped(row.recipe)}, against {clipped(row.rival)}: {clipped(row.claim)}"),
            Cell(text=_name(row.metric, row.group)),
            figure_cell(row),
            Cell(text=f"{row.bound:g}", order=float(row.bound)),
            Cell(text=_seeds(row), order=float(row.clearly)),
            Cell(text=str(row.verdict)),
        )
        for row in each_row(table)
    ]
    heads = (
        Head(text="Claim"),
        Head(text="Figure"),
        Head(text="Value", meaning="For a difference: recipe minus rival.", numeric=True),
        Head(text="Bound", meaning="Which side of it the interval must lie on.", numeric=True),
        Head(text="Seeds", meaning="Those whose own interval over images lies on the claim's side.", numeric=True),
        Head(text="Verdict", meaning="Open: the interval holds the bound, or not every seed agrees where all must."),
    )
    return _view("augmentations_claims", "What pAdaIN promises, put to the test", heads, rows)


def choice_view(table: pd.DataFrame) -> View:
    """Return the candidates for the probability of pAdaIN."""
    rows = [
        (
            Cell(text=f"{row.p:g}"),
            Cell(text=format_interval(row.value, row.low, row.high), order=float(row.value)),
            Cell(text="chosen" if str(row.chosen) == "True" else ""),
        )
        for row in each_row(table)
    ]
    heads = (Head(text="p"), Head(text=metric_label("validation_error"), numeric=True), Head(text=""))
    return _view("augmentations_choice", "Probability of pAdaIN, chosen on validation images", heads, rows)


def _seeds(row: Any) -> str:
    return f"{row.clearly:.0f} of {row.seeds:.0f}" if row.clearly == row.clearly else "–"


def _value(row: Any) -> float:
    return float("inf") if row is None or row.value != row.value else float(row.value)


def _name(metric: str, group: str) -> str:
    label = metric_label(metric)
    return label if group in _PLAIN else f"{label}, {condition_label(group)}"


def _head(key: tuple[str, str]) -> Head:
    metric, group = key
    meaning = METRICS[metric].meaning if metric in METRICS else ""
    return Head(text=_name(metric, group), meaning=meaning, numeric=True)


def _view(name: str, title: str, heads: tuple[Head, ...], rows: Sequence[Any]) -> View:
    more = max(0, len(rows) - ROWS_SHOWN)
    return View(name=name, title=title, heads=heads, rows=tuple(rows[:ROWS_SHOWN]), more=more, filterable=True)
