"""Plots of global statistics: what exchanging them changes, depth by depth.

Nothing is computed here: every figure is a row of a tidy frame with its interval.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING

import pandas as pd

from reports.statistics_views import depth_label
from reports.style import INK, Look, looks, plain_legend, shown
from reports.tables import each_row

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["depth_dots", "depth_lines"]

_SERIES = {
    ("accuracy_drop", "other_class"): "statistics of another class",
    ("accuracy_drop", "same_class"): "statistics of the same class",
    ("flip_rate", "other_class"): "statistics of another class",
    ("flip_rate", "same_class"): "statistics of the same class (control)",
    ("takeover_rate", "other_class"): "answer taken over from the partner of another class",
}
_AXES = {
    "accuracy_drop": "accuracy lost (percentage points), 95 % interval",
    "flip_rate": "predictions that change, 95 % interval",
}
_SPREAD = 0.62  # of a row that its dots take
_BAND = 0.14  # opacity of an interval band


def depth_dots(frame: pd.DataFrame, ax: "Axes") -> "Axes":
    """Draw one figure of every depth with intervals: depths down in forward order, one colour for each kind of pair.

    Args:
        frame: rows of ``global_statistics`` of one model: ``flip_rate`` and ``takeover_rate``, or ``accuracy_drop``.
        ax: where to draw.
    """
    from matplotlib.ticker import PercentFormatter

    depths = frame[["depth", "share"]].drop_duplicates("depth")
    places = {depth: place for place, depth in enumerate(depths["depth"])}
    series = [key for key in _SERIES if ((frame["metric"] == key[0]) & (frame["pairs"] == key[1])).any()]
    step = _SPREAD / max(len(series), 1)
    for rank, ((metric, pairs), look) in enumerate(zip(series, looks(map(str, series)).values(), strict=True)):
        rows = frame[(frame["metric"] == metric) & (frame["pairs"] == pairs) & frame["value"].notna()]
        heights = [places[depth] - _SPREAD / 2 + (rank + 0.5) * step for depth in rows["depth"]]
        ax.hlines(heights, rows["low"], rows["high"], color=look.color, linewidth=1.6)
        ax.plot(rows["value"], heights, look.marker, color=look.color, label=_SERIES[metric, pairs])
    labels = [_label(row.depth, row.share) for row in each_row(depths)]
    ax.set_yticks(range(len(labels)), labels, parse_math=False)
    ax.set_ylim(len(labels) - 0.4, -0.6)
    metric = str(frame["metric"].iloc[0])
    if metric == "accuracy_drop":
        ax.axvline(0, color=INK, linewidth=1)
        ax.xaxis.set_major_formatter(PercentFormatter(1, decimals=0, symbol=""))
    else:
        ax.set_xlim(left=-0.01 * ax.get_xlim()[1])
        ax.xaxis.set_major_formatter(PercentFormatter(1, decimals=None))
    ax.set_xlabel(_AXES[metric])
    ax.grid(visible=False, axis="y")
    plain_legend(ax.figure.legend(loc="outside upper left", ncols=1))
    return ax


def depth_lines(frame: pd.DataFrame, ax: "Axes", *, styles: Mapping[str, Look] | None = None) -> "Axes":
    """Draw how many predictions change against how deep the exchange is, one line and interval band per model.

    Args:
        frame: rows of ``global_statistics`` with metric ``flip_rate``, pairs ``other_class`` and a share.
        ax: where to draw.
        styles: the look of each model; by order of appearance if None.
    """
    from matplotlib.ticker import PercentFormatter

    styles = styles or looks(frame["model"])
    for model, rows in frame.groupby("model", sort=False, observed=True):
        look = styles[str(model)]
        ax.fill_between(rows["share"], rows["low"], rows["high"], color=look.color, alpha=_BAND, linewidth=0)
        ax.plot(
            rows["share"],
            rows["value"],
            color=look.color,
            marker=look.marker,
            linestyle=look.line,
            label=shown(model, 40),
        )
    ax.set(xlim=(-0.02, 1.02), ylim=(0, 1.02), ylabel="predictions that change")
    ax.set_xlabel("multiply-adds done before the exchange (0: pixels)")
    for axis in (ax.xaxis, ax.yaxis):
        axis.set_major_formatter(PercentFormatter(1))
    plain_legend(ax.figure.legend(loc="outside upper left", ncols=1))
    return ax


def _label(depth: str, share: float) -> str:
    name = shown(depth_label(depth), 22)
    return f"{name} · {100 * share:.0f} %" if share > 0 else name
