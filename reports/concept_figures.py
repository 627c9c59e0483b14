"""Which figures the tables of concepts give; see :mod:`reports.figures` for the others."""

from collections.abc import Iterator, Mapping
from functools import partial

import pandas as pd

from reports.concept_plots import deviation_dots, factor_dots, factor_matrix
from reports.concept_views import MAPS
from reports.figures import Plan
from reports.style import shown
from reports.tables import each_row

__all__ = ["CONCEPT_TABLES", "plan_concept_figures"]

CONCEPT_TABLES = ("concepts", "concepts_factors", "concepts_association", "concepts_wrong")
"""The tables of a run folder that the page shows."""

_WIDE = 4.7  # inches: 9 pt text is still 9 pixels high when a window of 400 pixels shrinks the figure
_MOST = 4  # layers, of all models
_ACROSS = 6  # columns of a matrix
_ALL = "all features"


def plan_concept_figures(tables: Mapping[str, pd.DataFrame]) -> list[Plan]:
    """List the figures that ``concepts`` and ``concepts_wrong`` allow, in reading order; of the first four layers."""
    concepts, wrong = tables.get("concepts"), tables.get("concepts_wrong")
    if concepts is None or concepts.empty:
        return []
    groups = list(concepts[concepts["value"].notna()].groupby(["model", "layer"], sort=False, observed=True))
    plans: list[Plan] = []
    for number, ((model, layer), own) in enumerate(groups[:_MOST], start=1):
        where = f", {shown(layer, 30)}{_of(model, concepts)}" if len(groups) > 1 else ""
        plans += [*_swaps(own, number, where), *_spreads(own, number, where), *_leakages(own, number, where)]
        if wrong is not None and len(wrong):
            plans += _deviations(wrong[(wrong["model"] == model) & (wrong["layer"] == layer)], number, where)
    return plans


def _swaps(own: pd.DataFrame, number: int, where: str) -> Iterator[Plan]:
    rows = own[own["metric"] == "swap_changes"]
    said = "; ".join(f"{row.factor} {row.value:.2f}" for row in each_row(rows[rows["map"] == "rotation"]))
    if len(rows):
        yield Plan(
            name=f"concepts_swaps_{number:02d}",
            section="concepts",
            title=f"Decisions that change with another image's factor{where}",
            alt=f"Share of swaps that change the decision, factor by factor. By the rotation: {said}.",
            size=(_WIDE, 1.5 + 0.36 * rows["factor"].nunique()),
            draw=partial(factor_dots, rows),
        )


def _spreads(own: pd.DataFrame, number: int, where: str) -> Iterator[Plan]:
    rows = own[(own["metric"] == "logit_spread") & (own["map"] == "rotation")]
    classes = rows.groupby("other", sort=False)["value"].max().nlargest(_ACROSS).index
    if len(rows):
        top = rows.sort_values("value").iloc[-1]
        yield Plan(
            name=f"concepts_logits_{number:02d}",
            section="concepts",
            title=f"How far any value of a factor moves each logit{where}",
            alt=(
                f"Standard deviation of logits over values of one factor, by the rotation; largest for {top['factor']} "
                f"and class {top['other']}, {top['value']:.2f}."
            ),
            size=(_WIDE, 1.5 + 0.42 * rows["factor"].nunique()),
            draw=partial(factor_matrix, rows[rows["other"].isin(classes)]),
        )


def _leakages(own: pd.DataFrame, number: int, where: str) -> Iterator[Plan]:
    leaks = own[(own["metric"] == "leakage") & (own["factor"] != _ALL)]
    attributes = list(leaks["other"].drop_duplicates())[:_ACROSS]
    for name, rows in leaks[leaks["other"].isin(attributes)].groupby("map", sort=False, observed=True):
        apart = rows[rows["factor"] != rows["other"]].sort_values("value").tail(1)
        said = "".join(f"; most of another is {one.other} in {one.factor}, {one.value:.2f}" for one in each_row(apart))
        yield Plan(
            name=f"concepts_leakage_{name}_{number:02d}",
            section="concepts_leakage",
            title=f"What a probe reads from each factor, {MAPS.get(str(name), shown(name))}{where}",
            alt=f"R² of linear probes, factors down and attributes across{said}.",
            size=(_WIDE, 1.5 + 0.42 * rows["factor"].nunique()),
            draw=partial(factor_matrix, rows, most=1.0),
        )


def _deviations(rows: pd.DataFrame, number: int, where: str) -> Iterator[Plan]:
    defined = rows[rows["value"].notna()]
    if len(defined):
        ordered = defined.sort_values("value", key=abs, ascending=False).head(12)
        first = ordered.iloc[0]
        yield Plan(
            name=f"concepts_wrong_{number:02d}",
            section="concepts_wrong",
            title=f"Confidently wrong images against correct ones of their class{where}",
            alt=f"Largest deviation: {first['factor']}, {first['reading']}, {first['value']:.2f} standard deviations.",
            size=(_WIDE, 1.3 + 0.3 * len(ordered)),
            draw=partial(deviation_dots, ordered),
        )


def _of(model: object, frame: pd.DataFrame) -> str:
    return f" of {shown(model, 40)}" if frame["model"].nunique() > 1 else ""
