"""Plots of attributes: how many it takes to change decisions.

Nothing is computed here: every figure is a row of a tidy frame with its interval.
"""

from typing import TYPE_CHECKING

import pandas as pd

from reports.style import looks, plain_legend

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["METHODS", "sufficiency_lines"]

METHODS = {
    "groups": "attributes (groups)",
    "coordinates": "single coordinates (AttFind)",
    "normalised_difference": "Wu et al., without asking",
    "random": "random coordinates (control)",
}
"""What the page calls the ways to choose."""

_BAND = 0.13  # opacity of an interval band


def sufficiency_lines(frame: pd.DataFrame, ax: "Axes") -> "Axes":
    """Draw decisions turned against the number of attributes moved together, one line and band per method.

    Args:
        frame: rows of ``stylex_sufficiency`` of one class and one way.
        ax: where to draw.
    """
    from matplotlib.ticker import MaxNLocator, PercentFormatter

    for method, look in looks(METHODS).items():
        rows = frame[frame["method"] == method].sort_values("k")
        if len(rows):
            ax.fill_between(rows["k"], rows["low"], rows["high"], color=look.color, alpha=_BAND, linewidth=0)
            ax.plot(rows["k"], rows["value"], look.marker, color=look.color, linestyle=look.line, label=METHODS[method])
    ax.set(ylim=(-0.02, 1.02), xlabel="moved together", ylabel="decisions turned")
    ax.xaxis.set_major_locator(MaxNLocator(integer=True))
    ax.yaxis.set_major_formatter(PercentFormatter(1))
    plain_legend(ax.figure.legend(loc="outside upper left", ncols=1))
    return ax
