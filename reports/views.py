"""Tidy frames laid out for reading: cards and tables of text with sort keys, cut to a stated length."""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from reports.glossary import METRICS, STATUSES, condition_label, metric_label, unit_label
from reports.tables import each_row, format_count, format_interval, format_value

__all__ = [
    "ROWS_SHOWN",
    "Card",
    "Cell",
    "Head",
    "View",
    "cells_view",
    "classes_view",
    "clipped",
    "corruptions_view",
    "figure_cell",
    "headline_cards",
    "headline_view",
    "metric_heads",
    "skipped_view",
    "spread",
    "status_view",
]

ROWS_SHOWN = 200
_MODELS_ACROSS = 40
_CLIP = 160  # characters of one name: a file name may hold 255


@dataclass(frozen=True, kw_only=True)
class Head:
    """A column head: its text, what it means, and whether numbers stand below it."""

    text: str
    meaning: str = ""
    numeric: bool = False


@dataclass(frozen=True, kw_only=True)
class Cell:
    """One cell: its text and, for numbers, the key it sorts by."""

    text: str
    order: float | None = None


@dataclass(frozen=True, kw_only=True)
class View:
    """A table as the page shows it.

    Attributes:
        name: of the table, which is also its CSV file.
        title: the caption.
        heads: one per column; the first one is the row's head.
        rows: at most :data:`ROWS_SHOWN`.
        more: rows left out.
        filterable: whether a filter box is worth its place.
    """

    name: str
    title: str
    heads: tuple[Head, ...]
    rows: tuple[tuple[Cell, ...], ...]
    more: int = 0
    filterable: bool = False


@dataclass(frozen=True, kw_only=True)
class Card:
    """A headline figure; ``gauge`` holds value, low and high in percent of the way from 0 to 1."""

    label: str
    meaning: str
    better: str
    unit: str
    value: str
    interval: str
    n: str
    convention: str
    gauge: tuple[float, float, float] | None


def clipped(text: object, limit: int = _CLIP) -> str:
    """Return ``text`` cut to ``limit`` characters.

    >>> clipped("abcdef", 4)
    'abc…'
    """
    words = str(text)
    return words if len(words) <= limit else words[: limit - 1] + "…"


def headline_cards(headline: pd.DataFrame) -> list[Card]:
    """Return one card per metric of a single model."""
    return [_card(row) for row in each_row(headline)]


def _card(row: Any) -> Card:
    term = METRICS.get(row.metric)
    value, interval = format_value(row.value, row.low, row.high, row.unit)
    share = term is not None and term.share and all(0 <= part <= 1 for part in (row.value, row.low, row.high))
    return Card(
        label=metric_label(row.metric),
        meaning=term.meaning if term else "",
        better=term.better if term else "",
        unit="" if row.unit == "percent" else unit_label(row.unit),
        value=value,
        interval=interval,
        n=format_count(row.n),
        convention=clipped(row.convention),
        gauge=(100 * row.value, 100 * row.low, 100 * row.high) if share else None,
    )


def headline_view(headline: pd.DataFrame) -> View:
    """Return metrics down and models across, for the comparison of several models."""
    models = list(headline["model"].drop_duplicates())
    title = "Headline figures with 95 % intervals"
    if len(models) > _MODELS_ACROSS:
        title += f", first {_MODELS_ACROSS} of {len(models):,} models"
        models = models[:_MODELS_ACROSS]
    metrics = list(headline["metric"].drop_duplicates())
    found = {(row.model, row.metric): row for row in each_row(headline)}
    heads = (
        Head(text="Metric"),
        Head(text="Better"),
        *(Head(text=clipped(name), numeric=True) for name in models),
    )
    rows = []
    for metric in metrics:
        better = METRICS[metric].better if metric in METRICS else ""
        figures = (figure_cell(found.get((model, metric))) for model in models)
        rows.append((Cell(text=metric_label(metric)), Cell(text=better), *figures))
    return View(name="headline", title=title, heads=heads, rows=tuple(rows))


def cells_view(cells: pd.DataFrame) -> View:
    """Return one row per model and condition, metrics across; error is left out beside accuracy."""
    metrics = [name for name in cells["metric"].drop_duplicates() if name != "error"]
    keys = ["model", "condition_kind", "condition_name", "condition_severity"]
    leads = [Head(text="Model"), Head(text="Condition"), Head(text="Severity", numeric=True)]
    several = cells["model"].nunique() > 1
    grid = spread(cells, keys)
    rows = []
    for (model, kind, name, severity), found in grid.items():
        label = condition_label(str(name)) if kind in {"clean", "corruption"} else f"{name} ({kind})"
        lead = [
            Cell(text=clipped(model)),
            Cell(text=clipped(label)),
            Cell(text=str(severity), order=float(severity)),
        ]
        count = found["accuracy"].n if "accuracy" in found else math.nan
        figures = (figure_cell(found.get(metric)) for metric in metrics)
        rows.append((*lead[0 if several else 1 :], *figures, Cell(text=format_count(count), order=count)))
    heads = (*leads[0 if several else 1 :], *metric_heads(metrics), Head(text="n", numeric=True))
    return _cut(View(name="cells", title="Every condition", heads=heads, rows=tuple(rows), filterable=True))


def corruptions_view(corruptions: pd.DataFrame) -> View:
    """Return one row per model and corruption, its means across."""
    metrics = list(corruptions["metric"].drop_duplicates())
    several = corruptions["model"].nunique() > 1
    rows = []
    for (model, name), found in spread(corruptions, ["model", "condition_name"]).items():
        lead = [Cell(text=clipped(model)), Cell(text=clipped(condition_label(str(name))))]
        rows.append((*lead[0 if several else 1 :], *(figure_cell(found.get(metric)) for metric in metrics)))
    heads = ([Head(text="Model")] if several else []) + [Head(text="Corruption"), *metric_heads(metrics)]
    return _cut(View(name="corruptions", title="Every corruption", heads=tuple(heads), rows=tuple(rows)))


def classes_view(classes: pd.DataFrame) -> View:
    """Return one row per model and class, worst first as the table has them."""
    several = classes["model"].nunique() > 1
    rows = [
        (
            Cell(text=clipped(row.class_name)),
            *([Cell(text=clipped(row.model))] if several else []),
            figure_cell(row),
            Cell(text=format_count(row.n), order=row.n),
        )
        for row in each_row(classes.head(ROWS_SHOWN))
    ]
    heads = (
        Head(text="Class"),
        *([Head(text="Model")] if several else []),
        *metric_heads(["accuracy"]),
        Head(text="n", numeric=True),
    )
    more = len(classes) - len(rows)
    title = "Classes on clean images"
    return View(name="classes", title=title, heads=heads, rows=tuple(rows), more=more, filterable=True)


def status_view(status: pd.DataFrame) -> View:
    """Return the records that carry no prediction, counted by condition and reason."""
    found = status[(status["status"] != "ok") & (status["n"] > 0)]
    rows = [
        (
            Cell(text=clipped(condition_label(str(row.condition_name)))),
            Cell(text=str(row.condition_severity), order=float(row.condition_severity)),
            Cell(text=clipped(row.model)),
            Cell(text=clipped(row.status)),
            Cell(text=STATUSES.get(row.status, "")),
            Cell(text=format_count(row.n), order=row.n),
        )
        for row in each_row(found.head(ROWS_SHOWN))
    ]
    heads = (
        Head(text="Condition"),
        Head(text="Severity", numeric=True),
        Head(text="Model"),
        Head(text="Status"),
        Head(text="Meaning"),
        Head(text="Records", numeric=True),
    )
    more = len(found) - len(rows)
    return View(name="status", title="Records without a prediction", heads=heads, rows=tuple(rows), more=more)


def skipped_view(skipped: pd.DataFrame) -> View:
    """Return the images that could not be used on clean, one row each."""
    columns = [name for name in ("path", "status", "note", "image_id") if name in skipped.columns]
    rows = [tuple(Cell(text=clipped(text)) for text in row) for row in skipped[columns].head(ROWS_SHOWN).to_numpy()]
    heads = tuple(Head(text=name.replace("_", " ").capitalize()) for name in columns)
    more = len(skipped) - len(rows)
    return View(name="skipped", title="Skipped images", heads=heads, rows=tuple(rows), more=more, filterable=True)


def spread(frame: pd.DataFrame, keys: Sequence[str]) -> Mapping[tuple[Any, ...], dict[str, Any]]:
    """Group tidy rows by ``keys``: each group maps a metric to its row."""
    groups: dict[tuple[Any, ...], dict[str, Any]] = {}
    for key, row in zip(frame[list(keys)].itertuples(index=False, name=None), each_row(frame), strict=True):
        groups.setdefault(key, {})[str(row.metric)] = row
    return groups


def figure_cell(row: Any) -> Cell:
    """Return a figure with its interval; a row without interval columns shows the figure alone."""
    if row is None or not math.isfinite(row.value):
        return Cell(text="–", order=math.nan)
    low, high, unit = (
        getattr(row, "low", math.nan),
        getattr(row, "high", math.nan),
        getattr(row, "unit", None),
    )
    return Cell(text=format_interval(row.value, low, high, unit or _unit(row.metric)), order=float(row.value))


def _unit(metric: str) -> str:
    """Return the unit of a metric in tables that carry no unit column."""
    return "percent" if metric in {"ce", "relative_ce", "mCE", "relative_mCE"} else "fraction"


def metric_heads(metrics: Iterable[str]) -> list[Head]:
    """Return a column head for each metric."""
    return [
        Head(text=metric_label(name), meaning=METRICS[name].meaning if name in METRICS else "", numeric=True)
        for name in metrics
    ]


def _cut(view: View) -> View:
    """Keep the first rows and say how many follow in the CSV."""
    return View(
        name=view.name,
        title=view.title,
        heads=view.heads,
        rows=view.rows[:ROWS_SHOWN],
        more=max(0, len(view.rows) - ROWS_SHOWN),
        filterable=view.filterable,
    )
