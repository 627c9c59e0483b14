"""Plots of invariances: figures of layers in forward order, with intervals.

Nothing is computed here: every figure is a row of a tidy frame.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING

import pandas as pd

from reports.style import looks, plain_legend, shown

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["layer_lines"]

_BAND = 0.14  # opacity of an interval band


def layer_lines(frame: pd.DataFrame, ax: "Axes", *, series: Mapping[str, str], ylabel: str) -> "Axes":
    """Draw figures against layers, one line and interval band for each kind of map.

    Args:
        frame: rows of ``invariances`` of one model and metric; a row of the autoencoder is a level across all layers.
        ax: where to draw.
        series: label by the column ``map``, in drawing order.
        ylabel: of the axis.
    """
    from matplotlib.ticker import PercentFormatter

    layers = list(dict.fromkeys(frame.loc[frame["map"] != "autoencoder", "layer"]))
    places = {layer: place for place, layer in enumerate(layers)}
    for of, look in looks(series).items():
        rows = frame[(frame["map"] == of) & frame["value"].notna()]
        if rows.empty:
            continue
        x = [places[layer] for layer in rows["layer"]] if of != "autoencoder" else [0, max(len(layers) - 1, 1)]
        value, low, high = (
            list(rows[column]) * (1 if of != "autoencoder" else 2) for column in ("value", "low", "high")
        )
        ax.fill_between(x, low, high, color=look.color, alpha=_BAND, linewidth=0)
        marker = look.marker if of != "autoencoder" else ""
        ax.plot(x, value, color=look.color, marker=marker, linestyle=look.line, label=series[of])
    ax.set_xticks(range(len(layers)), [shown(layer, 18) for layer in layers], parse_math=False)
    ax.set_ylim(bottom=0)
    ax.set_ylabel(ylabel)
    ax.yaxis.set_major_formatter(PercentFormatter(1))
    plain_legend(ax.figure.legend(loc="outside upper left", ncols=1))
    return ax
