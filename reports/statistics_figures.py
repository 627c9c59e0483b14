"""Which figures the table of global statistics gives; see :mod:`reports.figures` for the others."""

from collections.abc import Mapping
from functools import partial

import pandas as pd

from reports.figures import Plan
from reports.statistics_plots import depth_dots, depth_lines
from reports.statistics_views import ALL
from reports.style import looks, shown
from reports.tables import each_row

__all__ = ["STATISTICS_TABLES", "plan_statistics_figures"]

STATISTICS_TABLES = ("global_statistics",)
"""The tables of a run folder that the page shows."""

_WIDE = 4.7  # inches: 9 pt text is still 9 pixels high when a window of 400 pixels shrinks the figure
_MODELS = 6
_DRAWN = {
    "flips": (("flip_rate", "takeover_rate"), "Predictions that change with the statistics of other images"),
    "accuracy": (("accuracy_drop",), "Accuracy lost with the statistics of other images"),
}


def plan_statistics_figures(tables: Mapping[str, pd.DataFrame]) -> list[Plan]:
    """List the figures that ``global_statistics`` allows, in reading order; of the first six models."""
    table = tables.get("global_statistics")
    if table is None:
        return []
    rows = table[(table["depth"] != ALL) & table["value"].notna() & table["pairs"].isin(["other_class", "same_class"])]
    plans = _compared(rows)
    for number, (model, own) in enumerate(rows.groupby("model", sort=False, observed=True), start=1):
        of_model = f", {shown(model, 60)}" if rows["model"].nunique() > 1 else ""
        plans += _of_model(own, number, of_model) if number <= _MODELS else []
    return plans


def _compared(rows: pd.DataFrame) -> list[Plan]:
    flips = rows[(rows["metric"] == "flip_rate") & (rows["pairs"] == "other_class")]
    models = flips["model"].nunique()
    if models < 2:
        return []
    mean = flips.groupby("model", sort=False)["value"].agg(["first", "last"])
    said = "; ".join(f"{shown(name, 40)} from {row['first']:.2f} to {row['last']:.2f}" for name, row in mean.iterrows())
    return [
        Plan(
            name="statistics_models",
            section="statistics",
            title="Predictions that change with the statistics of another class, by depth",
            alt=f"Share of predictions that change, from pixels to the last depth: {said}.",
            size=(_WIDE, 3.4 + 0.2 * models),
            draw=partial(depth_lines, flips, styles=looks(rows["model"])),
        )
    ]


def _of_model(rows: pd.DataFrame, number: int, of_model: str) -> list[Plan]:
    plans = []
    for name, (metrics, title) in _DRAWN.items():
        own = rows[rows["metric"].isin(metrics)]
        other = own[(own["metric"] == metrics[0]) & (own["pairs"] == "other_class")]
        said = "; ".join(f"{shown(row.depth, 40)} {row.value:.2f}" for row in each_row(other.head(8)))
        if len(own):
            plans.append(
                Plan(
                    name=f"statistics_{name}_{number:02d}",
                    section="statistics",
                    title=f"{title}{of_model}",
                    alt=f"{title}, of another class and of the same, depth by depth. Of another class: {said}.",
                    size=(_WIDE, 1.5 + 0.44 * own["depth"].nunique()),
                    draw=partial(depth_dots, own),
                )
            )
    return plans
