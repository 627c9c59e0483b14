"""The scoreboard of planted classifiers as a plot: how far above chance each method points at each region."""

from typing import TYPE_CHECKING

import pandas as pd

from reports.glossary import condition_label
from reports.style import INK, looks, plain_legend, shown
from reports.tables import each_row

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["scoreboard_dots"]

_LEAST = 0.05  # where the axis starts; less is drawn there
_SPREAD = 0.6  # of a row that its dots take
_TICKS = (0.1, 0.3, 1, 3, 10, 30)


def scoreboard_dots(frame: pd.DataFrame, ax: "Axes") -> "Axes":
    """Draw the multiples of the area share with intervals: methods down, a colour for each region.

    Args:
        frame: rows of ``planted`` of one classifier and one measure; ``expected`` may be text. Filled dots have the
            verdict ``right``.
        ax: where to draw.
    """
    methods = list(frame["method"].drop_duplicates())
    styles = looks(frame["question"])
    step = _SPREAD / max(len(styles), 1)
    for place, (question, look) in enumerate(styles.items()):
        rows = frame[frame["question"] == question]
        wanted = "must be pointed at" if str(rows["expected"].iloc[0]) == "True" else "must not be"
        ax.plot([], [], look.marker, color=look.color, label=shown(f"{question}: {wanted}", 40))
        for row in each_row(rows[rows["ratio"].notna()]):
            y = methods.index(row.method) - _SPREAD / 2 + (place + 0.5) * step
            low, value, high = (max(part, _LEAST) for part in (row.ratio_low, row.ratio, row.ratio_high))
            ax.hlines(y, low, high, color=look.color, linewidth=1.4)
            face = look.color if row.verdict == "right" else "white"
            ax.plot(value, y, look.marker, color=look.color, markerfacecolor=face, markeredgewidth=1.2)
    ax.axvline(1, color=INK, linestyle=(0, (4, 3)), linewidth=1)
    ax.text(1, 1.0, "chance", transform=ax.get_xaxis_transform(), ha="center", va="bottom", fontsize=8)
    ax.set_xscale("log")
    ax.set_xlim(_LEAST, max(30.0, 1.3 * float(frame["ratio_high"].max(skipna=True))))
    ax.set_xticks(_TICKS, [f"{tick:g}" for tick in _TICKS])
    ax.minorticks_off()
    ax.set_xlabel("times what chance scores, 95 % interval")
    labels = [shown(condition_label(str(name)), 24) for name in methods]
    ax.set_yticks(range(len(methods)), labels, parse_math=False)
    ax.set_ylim(len(methods) - 0.4, -0.6)
    ax.grid(visible=False, axis="y")
    plain_legend(ax.legend(loc="upper center", bbox_to_anchor=(0.4, -0.16), ncols=1))
    return ax
