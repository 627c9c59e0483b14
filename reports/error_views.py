"""The tables of error detection as the page shows them."""

import pandas as pd

from reports.glossary import METRICS, metric_label
from reports.scores import adversary_label, score_label
from reports.tables import each_row
from reports.views import ROWS_SHOWN, Cell, Head, View, clipped, figure_cell, metric_heads, spread

__all__ = ["CHOICE_TABLE", "attacks_view", "choice_view", "errors_view"]

CHOICE_TABLE = "errors_transforms"

_SHOWN = ("auroc", "auroc_gain", "augrc", "fpr95", "coverage_at_1", "risk_at_1", "coverage_at_5", "risk_at_5")


def errors_view(errors: pd.DataFrame) -> View:
    """Return one row per model, population and score: forward passes, then the main figures."""
    several = errors["model"].nunique() > 1
    metrics = [name for name in _SHOWN if name in set(errors["metric"])]
    rows = []
    for (model, population, score, passes), found in spread(errors, ["model", "population", "score", "passes"]).items():
        lead = [Cell(text=clipped(score_label(str(score)))), Cell(text=clipped(population))]
        cost = Cell(text=f"{int(passes)}", order=float(passes))
        figures = (figure_cell(found.get(metric)) for metric in metrics)
        rows.append((*lead, *([Cell(text=clipped(model))] if several else []), cost, *figures))
    heads = (
        Head(text="Score"),
        Head(text="Images"),
        *([Head(text="Model")] if several else []),
        Head(text="Passes", meaning="Forward passes for one image.", numeric=True),
        *metric_heads(metrics),
    )
    return _view("errors", "Every score, on images that calibrated nothing", heads, rows)


def attacks_view(attacks: pd.DataFrame) -> View:
    """Return one row per model, score, adversary, size and figure."""
    several = attacks["model"].nunique() > 1
    rows = [
        (
            Cell(text=clipped(score_label(str(row.score)) if row.score else "–")),
            Cell(text=adversary_label(str(row.adversary))),
            *([Cell(text=clipped(row.model))] if several else []),
            Cell(text=f"{row.eps:.4f}" if row.eps == row.eps else "–", order=float(row.eps)),
            Cell(text=metric_label(row.metric)),
            figure_cell(row),
        )
        for row in each_row(attacks)
    ]
    heads = (
        Head(text="Score"),
        Head(text="Adversary"),
        *([Head(text="Model")] if several else []),
        Head(text="Largest change", meaning="Of any pixel, on a scale of 0 to 1.", numeric=True),
        Head(text="Figure", meaning="; ".join(METRICS[name].label for name in ("auroc", "fooled"))),
        Head(text="Value", numeric=True),
    )
    return _view("errors_attacks", "Under attack", heads, rows)


def choice_view(choices: pd.DataFrame) -> View:
    """Return one row per model and chosen transform, in the order of the choice."""
    several = choices["model"].nunique() > 1
    rows = [
        (
            Cell(text=clipped(row.transform)),
            *([Cell(text=clipped(row.model))] if several else []),
            Cell(text=f"{int(row.passes)}", order=float(row.passes)),
            figure_cell(row),
            Cell(text=clipped(row.convention)),
        )
        for row in each_row(choices)
    ]
    heads = (
        Head(text="Transform"),
        *([Head(text="Model")] if several else []),
        Head(text="Passes", meaning="Forward passes for one image, this one included.", numeric=True),
        Head(text="AUROC so far", meaning="On calibration images, cross-validated.", numeric=True),
        Head(text="How"),
    )
    return _view(CHOICE_TABLE, "Transforms chosen for the budget", heads, rows)


def _view(name: str, title: str, heads: tuple[Head, ...], rows: list[tuple[Cell, ...]]) -> View:
    more = max(0, len(rows) - ROWS_SHOWN)
    return View(name=name, title=title, heads=heads, rows=tuple(rows[:ROWS_SHOWN]), more=more, filterable=True)
