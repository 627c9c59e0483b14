"""Plots of what maps are worth: checks of every method with intervals, and how much methods agree."""

from typing import TYPE_CHECKING

import pandas as pd

from reports.explanation_views import GROUPS
from reports.glossary import condition_label, metric_label
from reports.style import INK, looks, plain_legend, shown
from reports.tables import each_row

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["agreement_matrix", "check_dots"]

_SPREAD = 0.5  # of a row that its dots take
_DARK = 0.6  # correlation beyond which numbers are white


def check_dots(frame: pd.DataFrame, ax: "Axes") -> "Axes":
    """Draw one check of every method with intervals: methods down, one colour for each choice of images.

    Args:
        frame: rows of ``explanations_summary`` of one model and one metric.
        ax: where to draw.
    """
    methods = list(frame["method"].drop_duplicates())
    styles = looks(frame["group"])
    step = _SPREAD / max(len(styles), 1)
    for place, (group, look) in enumerate(styles.items()):
        rows = frame[frame["group"] == group]
        places = [methods.index(name) - _SPREAD / 2 + (place + 0.5) * step for name in rows["method"]]
        ax.hlines(places, rows["low"], rows["high"], color=look.color, linewidth=1.4)
        ax.plot(rows["value"], places, look.marker, color=look.color, label=GROUPS.get(group, shown(group)))
    ax.set_yticks(range(len(methods)), [shown(condition_label(str(name)), 24) for name in methods], parse_math=False)
    ax.set_ylim(len(methods) - 0.4, -0.6)
    ax.set_xlabel(f"{metric_label(str(frame['metric'].iloc[0]))}, 95 % interval")
    ax.grid(visible=False, axis="y")
    plain_legend(ax.legend(loc="upper center", bbox_to_anchor=(0.4, -0.2), ncols=2))
    return ax


def agreement_matrix(frame: pd.DataFrame, ax: "Axes") -> "Axes":
    """Draw how much the maps of every two methods agree, as colours and numbers with their intervals.

    Args:
        frame: rows of ``explanations_agreement`` of one model, each pair of methods once.
        ax: where to draw.
    """
    from matplotlib import colormaps

    methods = list(dict.fromkeys([*frame["method"], *frame["other"]]))
    labels = [shown(condition_label(str(name)), 24) for name in methods]
    colours = colormaps["RdBu_r"]
    for row in each_row(frame):
        x, y = methods.index(row.method), methods.index(row.other)
        face = colours((row.value + 1) / 2)
        ax.fill_between([x - 0.48, x + 0.48], y - 0.48, y + 0.48, color=face, linewidth=0)
        ink = "white" if abs(row.value) > _DARK else INK
        ax.text(x, y - 0.05, f"{row.value:.2f}", ha="center", va="bottom", color=ink, fontsize=9)
        ax.text(x, y + 0.05, f"[{row.low:.2f}, {row.high:.2f}]", ha="center", va="top", color=ink, fontsize=6.5)
    ax.set_xticks(range(len(methods) - 1), labels[:-1], rotation=40, ha="right", parse_math=False)
    ax.set_yticks(range(1, len(methods)), labels[1:], parse_math=False)
    ax.set_xlim(-0.5, len(methods) - 1.5)
    ax.set_ylim(len(methods) - 0.5, 0.5)
    ax.tick_params(length=0)
    ax.grid(visible=False)
    return ax
