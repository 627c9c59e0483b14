"""Which figures the tables of error detection give; see :mod:`reports.figures` for the others."""

from collections.abc import Mapping
from functools import partial

import pandas as pd

from reports.error_plots import attack_curves, score_curves, score_forest
from reports.figures import Plan
from reports.scores import score_label
from reports.style import looks, shown

__all__ = ["ERROR_TABLES", "plan_error_figures"]

ERROR_TABLES = ("errors", "errors_curves", "errors_attacks")

_WIDE = 4.7  # inches: 9 pt text is still 9 pixels high when a window of 400 pixels shrinks the figure
_FOREST = ("clean", "mild", "corrupted")
_POPULATIONS = {"mild": "clean and mildly corrupted", "corrupted": "corrupted"}
_MODELS = 6


def plan_error_figures(tables: Mapping[str, pd.DataFrame]) -> list[Plan]:
    """List the figures that ``tables`` allow, in reading order; of the first six models."""
    plans: list[Plan] = []
    for name, planner in zip(ERROR_TABLES, (_forests, _curves, _attacks), strict=True):
        if name in tables and len(tables[name]):
            for number, (model, rows) in enumerate(tables[name].groupby("model", sort=False, observed=True), start=1):
                of_model = f", {shown(model, 60)}" if tables[name]["model"].nunique() > 1 else ""
                plans += planner(rows, number, of_model) if number <= _MODELS else []
    return plans


def _forests(errors: pd.DataFrame, number: int, of_model: str) -> list[Plan]:
    rows = errors[(errors["metric"] == "auroc") & errors["population"].isin(_FOREST) & errors["value"].notna()]
    if rows.empty:
        return []
    means = rows.groupby("score", sort=False)["value"].mean().sort_values(ascending=False)
    rows = rows.set_index("score").loc[list(means.index)].reset_index()
    best = "; ".join(f"{score_label(str(name))} {value:.3f}" for name, value in means.head(5).items())
    return [
        Plan(
            name=f"errors_auroc_{number:02d}",
            section="detection",
            title=f"Which score finds the errors{of_model}",
            alt=f"AUROC of every score with 95 % interval; means over populations: {best}.",
            size=(_WIDE, 1.2 + 0.3 * len(means)),
            draw=partial(score_forest, rows),
        )
    ]


def _curves(curves: pd.DataFrame, number: int, of_model: str) -> list[Plan]:
    return [
        Plan(
            name=f"errors_risk_{number:02d}_{population!s}",
            section="detection",
            title=f"Risk against coverage, {_POPULATIONS[str(population)]}{of_model}",
            alt="Error among the rows kept, as fewer and surer ones are kept, for the main scores; lower is better.",
            size=(_WIDE, 3.9),
            draw=partial(score_curves, rows, styles=looks(curves["score"])),
        )
        for population, rows in curves.groupby("population", sort=False, observed=True)
        if population in _POPULATIONS
    ]


def _attacks(attacks: pd.DataFrame, number: int, of_model: str) -> list[Plan]:
    rows = attacks[(attacks["metric"] == "auroc") & attacks["value"].notna()]
    if rows.empty:
        return []
    lines = rows[["score", "adversary"]].drop_duplicates()
    return [
        Plan(
            name=f"errors_attacks_{number:02d}",
            section="attacks",
            title=f"Detection of attacks against their size{of_model}",
            alt="AUROC of adversarial against clean images for adversaries that know the score and that do not.",
            size=(_WIDE, 3.6 + 0.2 * len(lines)),
            draw=partial(attack_curves, rows),
        )
    ]
