"""The figure of a stability run: flip probability and top-5 distance of every perturbation, models side by side."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

import pandas as pd

from reports.glossary import condition_label
from reports.style import INK, Look, house_style, looks, new_figure, plain_legend, shown, svg_bytes

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["draw_stability", "stability_bars"]

_PANELS = {"flip_probability": "flip probability", "top5_distance": "top-5 distance"}
_WIDE = 4.7  # inches: 9 pt text is still 9 pixels high when a window of 400 pixels shrinks the figure
_BAR, _ROOM = 0.17, 0.75  # inches of a bar, and of what stands around the bars of a panel
_FILLED = 0.8  # share of a row that bars take


def draw_stability(table: pd.DataFrame) -> bytes:
    """Draw a stability table as one SVG document; the same table gives the same bytes.

    Args:
        table: columns ``model``, ``perturbation``, ``metric``, ``value``, ``low``, ``high``; metrics other than
            ``flip_probability`` and ``top5_distance`` are left out.
    """
    drawn = table[table["metric"].isin(list(_PANELS))]
    styles = looks(drawn["model"])
    rows = drawn["perturbation"].nunique() * (1 + len(styles))
    with house_style():
        figure = new_figure((_WIDE, len(_PANELS) * (_ROOM + _BAR * rows) + 0.25))
        axes = figure.subplots(len(_PANELS), 1)
        for (metric, label), ax in zip(_PANELS.items(), axes, strict=True):
            stability_bars(drawn[drawn["metric"] == metric], ax, styles=styles)
            ax.set_xlabel(f"{label}, 95 % interval")
        if len(styles) > 1:
            handles, labels = axes[0].get_legend_handles_labels()
            plain_legend(figure.legend(handles, labels, loc="outside upper center", ncols=2))
        return svg_bytes(figure, "Stability along perturbation sequences")


def stability_bars(frame: pd.DataFrame, ax: "Axes", *, styles: Mapping[str, Look] | None = None) -> "Axes":
    """Draw one metric of every perturbation as bars from zero with intervals, one bar for each model.

    Args:
        frame: rows of one metric, one for each model and perturbation.
        ax: where to draw.
        styles: the look of each model; by order of appearance if None.
    """
    styles = styles or looks(frame["model"])
    names = list(frame["perturbation"].drop_duplicates())
    models = list(frame["model"].drop_duplicates())
    height = _FILLED / max(len(models), 1)
    for rank, model in enumerate(models):
        rows, look = frame[frame["model"] == model], styles[str(model)]
        places = [names.index(name) + (rank + 0.5) * height - _FILLED / 2 for name in rows["perturbation"]]
        ax.barh(places, rows["value"], color=look.color, alpha=0.75, height=0.9 * height, label=shown(model))
        ax.hlines(places, rows["low"], rows["high"], color=INK, linewidth=1.4)
    labels = [shown(condition_label(str(name)), 24) for name in names]
    ax.set_yticks(range(len(names)), labels, parse_math=False)
    ax.set_ylim(len(names) - 0.4, -0.6)
    ax.set_xlim(left=0)
    ax.grid(visible=False, axis="y")
    return ax
