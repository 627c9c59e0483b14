"""Which figure the table of confounders gives: answers that change, beside a coin's."""

from collections.abc import Mapping
from functools import partial
from typing import TYPE_CHECKING

import pandas as pd

from reports.figures import Plan
from reports.style import looks, plain_legend, shown
from reports.tables import each_row

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["CONFOUNDER_TABLES", "confounder_bars", "plan_confounder_figures"]

CONFOUNDER_TABLES = ("confounders",)
"""The tables of a run folder that the page shows."""

_MODELS, _CONFOUNDERS = 4, 8
_TITLE = "Answers that change when an image is drawn as another group would have it"


def plan_confounder_figures(tables: Mapping[str, pd.DataFrame]) -> list[Plan]:
    """List the figure that the table of confounders allows; of the first four models and eight confounders."""
    table = tables.get("confounders")
    if table is None:
        return []
    rows = table[(table["metric"] == "flipped") & (table["map"] == "flow") & table["value"].notna()]
    names = list(dict.fromkeys(rows["confounder"]))
    kept = names if len(names) <= _CONFOUNDERS else [*names[: _CONFOUNDERS - 1], names[-1]]
    models = list(dict.fromkeys(rows["model"]))[:_MODELS]
    rows = rows[rows["confounder"].isin(kept) & rows["model"].isin(models)]
    if rows.empty:
        return []
    said = "; ".join(f"{shown(row.confounder, 40)} {row.value:.2f}" for row in each_row(rows.head(8)))
    size = (4.7, 1.4 + 0.28 * len(rows))
    return [
        Plan(
            name="confounders_flipped",
            section="confounders",
            title=_TITLE,
            alt=f"{_TITLE}: {said}.",
            size=size,
            draw=partial(confounder_bars, rows),
        )
    ]


def confounder_bars(frame: pd.DataFrame, ax: "Axes") -> "Axes":
    """Draw shares with intervals, one row a confounder and one mark a model.

    Args:
        frame: rows of ``confounders`` of one metric and map.
        ax: where to draw.
    """
    from matplotlib.ticker import PercentFormatter

    names = list(dict.fromkeys(frame["confounder"]))
    models = list(dict.fromkeys(frame["model"]))
    for place, (model, look) in enumerate(looks({model: str(model) for model in models}).items()):
        rows = frame[frame["model"] == model]
        apart = 0.6 * ((place + 0.5) / len(models) - 0.5)
        y = [names.index(name) + apart for name in rows["confounder"]]
        wide = [list(rows["value"] - rows["low"]), list(rows["high"] - rows["value"])]
        ax.errorbar(
            list(rows["value"]),
            y,
            xerr=[[max(0.0, one) for one in side] for side in wide],
            fmt=look.marker,
            color=look.color,
            linestyle="none",
            label=shown(model, 40),
        )
    ax.set_yticks(range(len(names)), [shown(name, 24) for name in names], parse_math=False)
    ax.set_ylim(len(names) - 0.4, -0.6)
    ax.set_xlim(left=0)
    ax.set_xlabel("predictions that change")
    ax.xaxis.set_major_formatter(PercentFormatter(1))
    if len(models) > 1:
        plain_legend(ax.figure.legend(loc="outside upper left", ncols=1))
    return ax
