"""Which figures the tables of a comparison of recipes give; see :mod:`reports.figures` for the others."""

from collections.abc import Callable, Mapping
from functools import partial

import pandas as pd

from reports.augmentation_plots import MARK, difference_dots, heat_of_recipes, ranked_dots, trade_off
from reports.figures import Plan
from reports.glossary import METRICS, metric_label
from reports.style import shown
from reports.tables import each_row

__all__ = ["AUGMENTATION_TABLES", "plan_augmentation_figures"]

AUGMENTATION_TABLES = (
    "augmentations",
    "augmentations_differences",
    "augmentations_claims",
    "augmentations_choice",
    "augmentations_seeds",
    "augmentations_cells",
)
"""The tables of a run folder that a comparison leaves; the last two are not on the page."""

_WIDE = 4.7  # inches: 9 pt text is still 9 pixels high when a window of 400 pixels shrinks the figure
_ERROR, _CLEAN = ("mean_corruption_error", "all"), ("error", "clean")
_SMALL_DOTS = (
    ("augrc", "corrupted", "on corrupted images"),
    ("ece", "corrupted", "on corrupted images"),
    ("accuracy_under_attack", "clean", "on clean images"),
    ("statistics_takeover_rate", "pixels", "in pixels"),
)
_HEATS = {
    "mean_error": ("corruptions", "Error by corruption, percent"),
    "statistics_flip_rate": ("statistics", "Answers that change with the statistics of another image, percent"),
}
_SUMMED = ("noise", "blur", "weather", "digital", "contrast, brightness, fog", "all others")  # stand in the table
_FORESTS = (("mean_corruption_error", "all", ""), ("statistics_flip_rate", "pixels", " in pixels"))


def plan_augmentation_figures(tables: Mapping[str, pd.DataFrame]) -> list[Plan]:
    """List the figures that the tables of a comparison allow, in reading order."""
    planners: dict[str, Callable[[pd.DataFrame], list[Plan]]] = {
        "augmentations": _of_recipes,
        "augmentations_differences": _of_differences,
    }
    there = [name for name in planners if name in tables and len(tables[name])]
    return [plan for name in there for plan in planners[name](tables[name])]


def _of_recipes(table: pd.DataFrame) -> list[Plan]:
    rows = table[table["value"].notna()]
    return [
        *_ranking(rows),
        *_trade_offs(rows),
        *_heats(rows),
        *(plan for metric, group, where in _SMALL_DOTS for plan in _dots(rows, metric, group, where)),
        *_cost(rows),
    ]


def _ranking(rows: pd.DataFrame) -> list[Plan]:
    own = _rows_of(rows, *_ERROR).sort_values("value", kind="stable")
    if own.empty:
        return []
    return [
        _plan("ranking", "Mean corruption error, best first", own, partial(ranked_dots, own), "augmentations"),
    ]


def _trade_offs(rows: pd.DataFrame) -> list[Plan]:
    clean, corrupted = _rows_of(rows, *_CLEAN), _rows_of(rows, *_ERROR)
    both = clean[clean["recipe"].isin(corrupted["recipe"])]
    if both.empty:
        return []
    alt = f"Error on clean images against mean corruption error. {_listing(corrupted)}"
    return [
        Plan(
            name="augmentations_trade_off",
            section="augmentations",
            title="Clean error against mean corruption error",
            alt=alt,
            size=(_WIDE, 4.4),
            draw=partial(trade_off, both, corrupted),
        )
    ]


def _heats(rows: pd.DataFrame) -> list[Plan]:
    plans = []
    for metric, (name, title) in _HEATS.items():
        own = rows[(rows["metric"] == metric) & ~rows["group"].isin(_SUMMED)]
        if own.empty:
            continue
        count = own["group"].nunique()
        flagged = f" {MARK}: trains with operations like test corruptions." if own["overlaps"].any() else ""
        plans.append(
            Plan(
                name=f"augmentations_{name}",
                section="augmentations_detail",
                title=title,
                alt=f"Table of colours: {count} rows, {own['recipe'].nunique()} recipes.{flagged}",
                size=(_WIDE, 1.4 + 0.24 * count),
                draw=partial(heat_of_recipes, own),
            )
        )
    return plans


def _dots(rows: pd.DataFrame, metric: str, group: str, where: str) -> list[Plan]:
    own = _rows_of(rows, metric, group)
    if own.empty:
        return []
    term = METRICS[metric]
    own = own.sort_values("value", ascending=term.better == "lower", kind="stable")
    title = f"{metric_label(metric)} {where}, best first"
    return [_plan(metric, title, own, partial(ranked_dots, own), "augmentations_detail")]


def _cost(rows: pd.DataFrame) -> list[Plan]:
    own = _rows_of(rows, "relative_cost", "training").sort_values("value", kind="stable")
    if own.empty:
        return []
    draw = partial(ranked_dots, own, percent=False, log=True)
    return [_plan("cost", "Time of a training image, times the baseline's", own, draw, "augmentations_detail")]


def _of_differences(table: pd.DataFrame) -> list[Plan]:
    plans = []
    for metric, group, where in _FORESTS:
        own = _rows_of(table[table["value"].notna()], metric, group)
        if len(own):
            said = "; ".join(
                f"{shown(row.recipe)} minus {shown(row.rival)} {100 * row.value:.1f}" for row in each_row(own.head(12))
            )
            plans.append(
                Plan(
                    name=f"augmentations_difference_{metric}",
                    section="augmentations",
                    title=f"{metric_label(metric)}{where}: paired differences, left is better",
                    alt=f"Percentage points. {said}.",
                    size=(_WIDE, 1.1 + 0.3 * len(own)),
                    draw=partial(difference_dots, own),
                )
            )
    return plans


def _plan(name: str, title: str, own: pd.DataFrame, draw: Callable[..., object], section: str) -> Plan:
    return Plan(
        name=f"augmentations_{name}",
        section=section,
        title=title,
        alt=f"Dots with 95 % intervals. {_listing(own)}",
        size=(_WIDE, 1.1 + 0.3 * len(own)),
        draw=draw,  # type: ignore[arg-type]
    )


def _rows_of(frame: pd.DataFrame, metric: str, group: str) -> pd.DataFrame:
    return frame[(frame["metric"] == metric) & (frame["group"] == group)]


def _listing(own: pd.DataFrame) -> str:
    return "; ".join(f"{shown(row.recipe)} {row.value:.3g}" for row in each_row(own.head(12))) + "."
