"""Plots that line things up: classes from the worst, models side by side, corruptions by harm.

As in :mod:`reports.plots`, each takes a tidy frame and an ``ax`` and computes nothing.
"""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import pandas as pd

from reports.glossary import METRICS, condition_label, unit_label
from reports.style import INK, Look, looks, plain_legend, short_names, shown
from reports.tables import each_row

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["CLASSES_DRAWN", "class_bars", "corruption_forest", "model_forest"]

CLASSES_DRAWN = 30


def class_bars(frame: pd.DataFrame, ax: "Axes", *, color: str = "#0072B2") -> "Axes":
    """Draw the accuracy of the first :data:`CLASSES_DRAWN` classes as bars from zero, worst on top.

    Args:
        frame: rows of ``classes`` of one model, worst first.
        ax: where to draw.
        color: of the bars.
    """
    rows = frame.head(CLASSES_DRAWN)
    places = range(len(rows))
    ax.barh(places, rows["value"], color=color, alpha=0.75, height=0.72)
    ax.hlines(places, rows["low"], rows["high"], color=INK, linewidth=1.4)
    _rows_axis(ax, [f"{shown(name, 20)} ({n:,})" for name, n in zip(rows["class_name"], rows["n"], strict=True)])
    ax.set(xlim=(0, 1), xlabel="accuracy on clean images (number in brackets)")
    return ax


def model_forest(frame: pd.DataFrame, ax: "Axes", *, styles: Mapping[str, Look] | None = None) -> "Axes":
    """Draw one metric of several models as points with intervals.

    Args:
        frame: rows of ``headline`` of one metric, one per model.
        ax: where to draw.
        styles: the look of each model; by order of appearance if None.
    """
    styles = styles or looks(frame["model"])
    for place, row in enumerate(each_row(frame)):
        look = styles[str(row.model)]
        ax.hlines([place], [row.low], [row.high], color=look.color, linewidth=2)
        ax.plot([row.value], [place], color=look.color, marker=look.marker, markersize=6.5)
    labels = short_names(frame["model"], 24)
    _rows_axis(ax, [labels[name] for name in frame["model"]])
    term = METRICS.get(str(frame["metric"].iloc[0]))
    ax.set_xlim(0, 1 if term is not None and term.share else None)
    unit = str(frame["unit"].iloc[0])
    ax.set_xlabel("95 % interval" if unit == "fraction" else f"{unit_label(unit)}, 95 % interval")
    return ax


def corruption_forest(frame: pd.DataFrame, ax: "Axes", *, styles: Mapping[str, Look] | None = None) -> "Axes":
    """Draw the mean error of every corruption as points with intervals, models in their own colours.

    Args:
        frame: rows of ``corruptions`` with metric ``mean_error``.
        ax: where to draw.
        styles: the look of each model; by order of appearance if None.
    """
    styles = styles or looks(frame["model"])
    names = list(frame["condition_name"].drop_duplicates())
    models = list(frame["model"].drop_duplicates())
    labels = short_names(models)
    for rank, model in enumerate(models):
        rows, look = frame[frame["model"] == model], styles[str(model)]
        shift = 0.5 * ((rank + 0.5) / len(models) - 0.5) if len(models) > 1 else 0.0
        places = [names.index(name) + shift for name in rows["condition_name"]]
        ax.hlines(places, rows["low"], rows["high"], color=look.color, linewidth=1.8)
        ax.plot(rows["value"], places, color=look.color, marker=look.marker, linestyle="", label=labels[model])
    _rows_axis(ax, [shown(condition_label(str(name)), 24) for name in names])
    ax.set(xlim=(0, 1), xlabel="error averaged over severities, 95 % interval")
    if len(models) > 1:
        plain_legend(ax.figure.legend(loc="outside upper center", ncols=2))
    return ax


def _rows_axis(ax: "Axes", labels: Sequence[str]) -> None:
    """Name the rows from top to bottom."""
    ax.set_yticks(range(len(labels)), list(labels), parse_math=False)
    ax.set_ylim(len(labels) - 0.4, -0.6)
    ax.grid(visible=False, axis="y")
