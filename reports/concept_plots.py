"""Plots of concepts: what decisions make of each factor, where attributes are read, and what wrong images lack.

Nothing is computed here: every figure is a row of a tidy frame.
"""

from typing import TYPE_CHECKING

import pandas as pd

from reports.concept_views import MAPS
from reports.style import INK, looks, plain_legend, shown
from reports.tables import each_row

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["deviation_dots", "factor_dots", "factor_matrix"]

_SPREAD = 0.5  # of a row that its dots take
_DARK = 0.6  # share of the strongest colour beyond which numbers are white


def factor_dots(frame: pd.DataFrame, ax: "Axes") -> "Axes":
    """Draw one figure of every factor with intervals: factors down, one colour for each map.

    Args:
        frame: rows of ``concepts`` of one model, layer and metric.
        ax: where to draw.
    """
    from matplotlib.ticker import PercentFormatter

    factors = list(frame["factor"].drop_duplicates())
    styles = looks(frame["map"])
    step = _SPREAD / max(len(styles), 1)
    for place, (name, look) in enumerate(styles.items()):
        rows = frame[frame["map"] == name]
        heights = [factors.index(factor) - _SPREAD / 2 + (place + 0.5) * step for factor in rows["factor"]]
        ax.hlines(heights, rows["low"], rows["high"], color=look.color, linewidth=1.6)
        ax.plot(rows["value"], heights, look.marker, color=look.color, label=MAPS.get(name, shown(name)))
    _name_rows(ax, factors)
    ax.set_xlim(left=-0.01 * ax.get_xlim()[1])
    ax.xaxis.set_major_formatter(PercentFormatter(1, decimals=None))
    ax.set_xlabel("decisions that change, 95 % interval")
    plain_legend(ax.figure.legend(loc="outside upper left", ncols=2))
    return ax


def factor_matrix(frame: pd.DataFrame, ax: "Axes", *, most: float | None = None) -> "Axes":
    """Draw factors down and what they are held against across, as colours and numbers with their intervals.

    Args:
        frame: rows of ``concepts`` of one model, layer, map and metric.
        ax: where to draw.
        most: the value of the strongest colour; the largest one if None.
    """
    from matplotlib import colormaps

    factors, others = list(frame["factor"].drop_duplicates()), list(frame["other"].drop_duplicates())
    top, colours = most or max(frame["value"].max(), 1e-9), colormaps["Blues"]
    for row in each_row(frame):
        x, y = others.index(row.other), factors.index(row.factor)
        strength = min(max(row.value / top, 0), 1)
        ax.fill_between([x - 0.48, x + 0.48], y - 0.48, y + 0.48, color=colours(0.85 * strength), linewidth=0)
        ink = "white" if strength > _DARK else INK
        value, low, high = (f"{round(one, 2) + 0.0:.2f}" for one in (row.value, row.low, row.high))  # no -0.00
        ax.text(x, y - 0.02, value, ha="center", va="bottom", color=ink, fontsize=9)
        ax.text(x, y + 0.06, f"[{low}, {high}]", ha="center", va="top", color=ink, fontsize=6.5)
    ax.set_xticks(range(len(others)), [shown(one, 18) for one in others], rotation=40, ha="right", parse_math=False)
    _name_rows(ax, factors)
    ax.set_xlim(-0.5, len(others) - 0.5)
    ax.set_ylim(len(factors) - 0.5, -0.5)
    ax.tick_params(length=0)
    ax.grid(visible=False)
    return ax


def deviation_dots(frame: pd.DataFrame, ax: "Axes") -> "Axes":
    """Draw how far confidently wrong images deviate in every reading, with intervals.

    Args:
        frame: rows of ``concepts_wrong`` of one model and layer.
        ax: where to draw.
    """
    (look,) = looks(["deviation"]).values()
    heights = range(len(frame))
    ax.axvline(0, color=INK, linewidth=1)
    ax.hlines(heights, frame["low"], frame["high"], color=look.color, linewidth=1.6)
    ax.plot(frame["value"], heights, look.marker, color=look.color)
    _name_rows(ax, [f"{row.factor}: {row.reading}" for row in each_row(frame)])
    ax.set_xlabel("standard deviations of correct images of the class,\n95 % interval")
    return ax


def _name_rows(ax: "Axes", names: list[str]) -> None:
    ax.set_yticks(range(len(names)), [shown(name, 26) for name in names], parse_math=False)
    ax.set_ylim(len(names) - 0.4, -0.6)
    ax.grid(visible=False, axis="y")
