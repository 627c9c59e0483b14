"""Plots of training recipes: ranked, set against each other, one metric against another, corruption by corruption.

Nothing is computed here: every figure is a row of a tidy frame with its interval. Recipes that train with operations
which resemble test corruptions are drawn hollow and marked, since doing well on those is no surprise.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from reports.glossary import condition_label
from reports.style import INK, PALETTE, plain_legend, shown
from reports.tables import each_row

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["MARK", "difference_dots", "heat_of_recipes", "ranked_dots", "recipe_label", "trade_off"]

MARK = "†"
"""Behind a recipe whose operations overlap the test corruptions."""

_COLOR, _FLAGGED = PALETTE[0], PALETTE[1]
_NOTE = f"{MARK} hollow: operations like test corruptions"
_MARKERS = ("o", "s", "^", "D", "v", "P", "X")


def recipe_label(recipe: object, overlaps: object) -> str:
    """A recipe's name as figures and tables show it.

    >>> recipe_label("augmix+padain", ""), recipe_label("randaugment", "contrast")
    ('augmix+padain', 'randaugment †')
    """
    name = shown(recipe, 24)
    return f"{name} {MARK}" if _is_flagged(overlaps) else name


def ranked_dots(frame: pd.DataFrame, ax: "Axes", *, percent: bool = True, log: bool = False) -> "Axes":
    """Draw one metric of every recipe as dots with intervals, in the order of the frame.

    Args:
        frame: rows of ``augmentations`` of one metric and group.
        ax: where to draw.
        percent: whether the metric is a share.
        log: whether to draw it on a logarithmic axis.
    """
    for place, row in enumerate(each_row(frame)):
        _dot(ax, row, place)
    _name_rows(ax, [recipe_label(row.recipe, row.overlaps) for row in each_row(frame)])
    if percent:
        _percent_axis(ax)
    if log:
        _log_axis(ax, float(frame["low"].min()), float(frame["high"].max()))
    _note(ax, frame)
    return ax


def difference_dots(frame: pd.DataFrame, ax: "Axes") -> "Axes":
    """Draw paired differences as dots with intervals and the number of seeds that agree.

    Args:
        frame: rows of ``augmentations_differences`` of one metric and group.
        ax: where to draw.
    """
    labels = []
    for place, row in enumerate(each_row(frame)):
        _dot(ax, row, place)
        labels.append(f"{recipe_label(row.recipe, row.overlaps)} − {shown(row.rival, 16)}")
        said = f"{row.lower:.0f} of {row.seeds:.0f}"
        ax.text(1.01, place, said, transform=ax.get_yaxis_transform(), va="center", fontsize=8)
    ax.text(1.01, -0.85, "lower in", transform=ax.get_yaxis_transform(), va="center", fontsize=8)
    ax.axvline(0, color=INK, linewidth=1)
    _name_rows(ax, labels)
    _percent_axis(ax, "percentage points, 95 % interval")
    _note(ax, frame)
    return ax


def trade_off(across: pd.DataFrame, up: pd.DataFrame, ax: "Axes") -> "Axes":
    """Draw one metric against another, a cross of intervals for each recipe.

    Args:
        across: rows of ``augmentations`` of the metric on the x axis.
        up: the same recipes' rows of the metric on the y axis.
        ax: where to draw.
    """
    heights = {row.recipe: row for row in each_row(up)}
    for place, row in enumerate(each_row(across)):
        other, color = heights[row.recipe], PALETTE[place % len(PALETTE)]
        marker = _MARKERS[(place + place // len(PALETTE)) % len(_MARKERS)]  # no two of 49 look alike
        ax.hlines(other.value, row.low, row.high, color=color, linewidth=1.2, alpha=0.6)
        ax.vlines(row.value, other.low, other.high, color=color, linewidth=1.2, alpha=0.6)
        label = recipe_label(row.recipe, row.overlaps)
        face = "white" if _is_flagged(row.overlaps) else color
        ax.plot(row.value, other.value, marker, color=color, markerfacecolor=face, markersize=6.5, label=label,
                linestyle="")  # fmt: skip
    _percent_axis(ax, "error on clean images")
    ax.set_ylim(bottom=0)
    ax.yaxis.set_major_formatter(_percents(" %"))
    ax.set_ylabel("mean corruption error")
    plain_legend(ax.figure.legend(loc="outside upper left", ncols=3, fontsize=8, handletextpad=0.2))
    return ax


def heat_of_recipes(frame: pd.DataFrame, ax: "Axes") -> "Axes":
    """Draw a metric as a table of colours and percents: groups down, recipes across.

    Args:
        frame: rows of ``augmentations`` of one metric, of several groups.
        ax: where to draw.
    """
    import seaborn as sns

    recipes = frame[["recipe", "overlaps"]].drop_duplicates("recipe")
    groups = list(frame["group"].drop_duplicates())
    grid = frame.pivot(index="group", columns="recipe", values="value").loc[groups, recipes["recipe"]]
    top = max(float(np.nanmax(grid.to_numpy())), 0.01)
    sns.heatmap(grid, ax=ax, vmin=0, vmax=top, cmap="cividis_r", cbar=False, linewidths=1.5, annot=100 * grid,
                fmt=".0f", annot_kws={"fontsize": 8})  # fmt: skip
    labels = [recipe_label(row.recipe, row.overlaps) for row in each_row(recipes)]
    ax.set_xticks([place + 0.5 for place in range(len(labels))], labels, rotation=90, parse_math=False)
    names = [shown(condition_label(str(name)), 24) for name in groups]
    ax.set_yticks([place + 0.5 for place in range(len(names))], names, rotation=0, parse_math=False)
    ax.tick_params(length=0)
    ax.set(xlabel="", ylabel="")
    return ax


def _is_flagged(overlaps: object) -> bool:
    """Whether a recipe has operations that overlap; a gap read from CSV is none."""
    return isinstance(overlaps, str) and bool(overlaps)


def _percents(unit: str) -> Callable[[float, float], str]:
    """Ticks of shares as percents, with no more digits than they need."""
    return lambda share, _: f"{100 * share:g}{unit}".replace("-", "\N{MINUS SIGN}")


def _dot(ax: "Axes", row: "object", place: int) -> None:
    """A value with its interval; hollow if the recipe is flagged."""
    value, low, high, overlaps = (getattr(row, name) for name in ("value", "low", "high", "overlaps"))
    flagged = _is_flagged(overlaps)
    color = _FLAGGED if flagged else _COLOR
    ax.hlines(place, low, high, color=color, linewidth=2)
    ax.plot(value, place, "o", color=color, markerfacecolor="white" if flagged else color, markersize=6.5)


def _name_rows(ax: "Axes", labels: list[str]) -> None:
    ax.set_yticks(range(len(labels)), labels, parse_math=False)
    ax.set_ylim(len(labels) - 0.4, -0.6)
    ax.grid(visible=False, axis="y")


def _percent_axis(ax: "Axes", label: str = "95 % interval") -> None:
    if ax.get_xlim()[0] > 0 and label != "percentage points, 95 % interval":
        ax.set_xlim(left=0)
    ax.xaxis.set_major_formatter(_percents("" if label.startswith("percentage points") else " %"))
    ax.set_xlabel(label)


def _log_axis(ax: "Axes", low: float, high: float) -> None:
    """Ticks at 1, 2, 5, 10 ... over the range."""
    ax.set_xscale("log")
    ticks = [step * 10**power for power in range(-3, 7) for step in (1, 2, 5)]
    inside = [tick for tick in ticks if 0.7 * low <= tick <= 1.5 * high]
    ax.set_xticks(inside, [f"{tick:g}" for tick in inside])
    ax.minorticks_off()
    ax.set_xlabel("95 % interval")


def _note(ax: "Axes", frame: pd.DataFrame) -> None:
    """Say what hollow dots mean, if there are any."""
    if frame["overlaps"].map(_is_flagged).any():
        ax.set_xlabel(f"{ax.get_xlabel()}\n{_NOTE}")
