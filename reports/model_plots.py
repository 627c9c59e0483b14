"""Plots of models against each other: errors clean and corrupted, differences, ranks, corruptions.

As in :mod:`reports.plots`, each takes tidy frames and an ``ax`` and computes nothing.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import pandas as pd

from reports.glossary import condition_label
from reports.style import INK, Look, looks, plain_legend, short_names, shown
from reports.tables import each_row

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["corruption_heat", "difference_forest", "error_scatter", "rank_heat"]

_QUIET = "#7b8794"
_DARK = 0.55  # of cividis, from white text to black


def error_scatter(
    clean: pd.DataFrame,
    corrupted: pd.DataFrame,
    ax: "Axes",
    *,
    label: str,
    published: pd.DataFrame | None = None,
    styles: Mapping[str, Look] | None = None,
) -> "Axes":
    """Draw error on corrupted images against error on clean ones, a cross of both intervals for each model.

    Args:
        clean: a row a model, with value, low and high.
        corrupted: likewise.
        ax: where to draw.
        label: of the vertical axis.
        published: points of others, columns ``model``, ``clean`` and ``corrupted``, drawn hollow; None for none.
        styles: the look of each model; by order of appearance if None.
    """
    styles, names = styles or looks(clean["model"]), short_names(clean["model"])
    if published is not None and len(published):
        ax.plot(published["clean"], published["corrupted"], "o", color=_QUIET, markerfacecolor="none",
                label="published, by others")  # fmt: skip
    for across, up in zip(each_row(clean), each_row(corrupted), strict=True):
        look = styles[str(across.model)]
        ax.hlines([up.value], [across.low], [across.high], color=look.color, linewidth=1.6)
        ax.vlines([across.value], [up.low], [up.high], color=look.color, linewidth=1.6)
        ax.plot([across.value], [up.value], color=look.color, marker=look.marker, markersize=7, linestyle="",
                label=names[across.model])  # fmt: skip
    ax.set(xlabel="error on clean images", ylabel=label)
    plain_legend(ax.figure.legend(loc="outside upper left", ncols=1 if len(styles) < 4 else 2))
    return ax


def difference_forest(frame: pd.DataFrame, ax: "Axes") -> "Axes":
    """Draw differences of one metric as points with intervals beside zero, a row a pair.

    Args:
        frame: rows of ``differences`` of one metric and no corruption.
        ax: where to draw.
    """
    names = short_names([*frame["model"], *frame["other"]], 20)
    places = range(len(frame))
    ax.axvline(0, color=INK, linewidth=1, linestyle=(0, (4, 3)))
    ax.hlines(places, frame["low"], frame["high"], color="#0072B2", linewidth=2)
    ax.plot(frame["value"], places, "o", color="#0072B2", markersize=6.5)
    labels = [f"{names[row.model]}\nminus {names[row.other]}" for row in each_row(frame)]
    ax.set_yticks(places, labels, parse_math=False)
    ax.set_ylim(len(frame) - 0.4, -0.6)
    ax.grid(visible=False, axis="y")
    points = ", percentage points" if str(frame["unit"].iloc[0]) == "percent" else ""
    ax.set_xlabel(f"difference{points}, 95 % interval")
    return ax


def rank_heat(frame: pd.DataFrame, ax: "Axes") -> "Axes":
    """Draw in which share of the resamples each model takes each rank, models down and ranks across.

    Args:
        frame: rows of ``ranks`` of one metric; those of rank 0 are left out.
        ax: where to draw.
    """
    rows = frame[frame["rank"] > 0]
    grid = rows.pivot(index="model", columns="rank", values="value")
    order = grid.mul(grid.columns.to_numpy()).sum(axis=1).sort_values(kind="stable").index
    names = short_names(grid.index, 22)
    _heat(grid.loc[order], ax, [names[model] for model in order], "{:.0%}")
    ax.set(xlabel="rank: 1 has the fewest errors", ylabel="")
    return ax


def corruption_heat(frame: pd.DataFrame, ax: "Axes") -> "Axes":
    """Draw mean errors as a table of colours and numbers, corruptions down and models across.

    Args:
        frame: rows of ``corruptions`` with metric ``mean_error``.
        ax: where to draw.
    """
    models, conditions = (frame[name].drop_duplicates() for name in ("model", "condition_name"))
    grid = frame.pivot(index="condition_name", columns="model", values="value").loc[conditions, models]
    _heat(grid, ax, [shown(condition_label(str(name)), 24) for name in conditions], "{:.2f}")
    names = short_names(models, 18)
    turned: dict[str, Any] = {"rotation": 35, "ha": "left"} if len(models) > 2 else {}
    ax.xaxis.tick_top()
    ax.set_xticks([place + 0.5 for place in range(len(models))], [names[one] for one in models], parse_math=False,
                  **turned)  # fmt: skip
    ax.set(xlabel="", ylabel="")
    return ax


def _heat(grid: Any, ax: "Axes", labels: list[str], form: str) -> None:
    """Colours from 0 to 1 with a number in each; gaps stay white."""
    import seaborn as sns

    sns.heatmap(grid, ax=ax, vmin=0, vmax=1, cmap="cividis", cbar=False, linewidths=2, yticklabels=False)
    for down, values in enumerate(grid.to_numpy()):
        for across, value in enumerate(values):
            if value == value:  # noqa: PLR0124 - not NaN
                color = "black" if value > _DARK else "white"
                ax.text(across + 0.5, down + 0.5, form.format(value), color=color, ha="center", va="center")
    ax.set_yticks([place + 0.5 for place in range(len(labels))], labels, rotation=0, parse_math=False)
    ax.tick_params(length=0, rotation=0)
