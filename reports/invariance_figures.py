"""Which figures the table of invariances gives; see :mod:`reports.figures` for the others."""

from collections.abc import Mapping
from functools import partial

import pandas as pd

from reports.figures import Plan
from reports.invariance_plots import layer_lines
from reports.invariance_views import AUTOENCODER, FLOW, LINEAR, PROBE
from reports.style import shown
from reports.tables import each_row

__all__ = ["INVARIANCE_TABLES", "plan_invariance_figures"]

INVARIANCE_TABLES = ("invariances", "invariances_properties")
"""The tables of a run folder that the page shows."""

_SIZE = (4.7, 3.2)
_MODELS = 4
_MAPS = {FLOW: "flow", LINEAR: "linear-Gaussian baseline"}
_DISCARDED = "Variance of images that a layer discards"
_KEPT = "Samples that keep the decision"


def plan_invariance_figures(tables: Mapping[str, pd.DataFrame]) -> list[Plan]:
    """List the figures that the tables of invariances allow, in reading order; of the first four models."""
    found = [tables[name] for name in INVARIANCE_TABLES if name in tables]
    if not found:
        return []
    table, plans = pd.concat(found, ignore_index=True), list[Plan]()
    for number, (model, rows) in enumerate(table.groupby("model", sort=False, observed=True), start=1):
        of_model = f", {shown(model, 60)}" if table["model"].nunique() > 1 else ""
        plans += _of_model(rows, number, of_model) if number <= _MODELS else []
    return plans


def _of_model(rows: pd.DataFrame, number: int, of_model: str) -> list[Plan]:
    series = {**_MAPS, AUTOENCODER: "autoencoder alone: the ceiling"}
    drawn = [
        ("discarded", _DISCARDED, rows[rows["metric"] == "explained_by_v"], _MAPS, "variance explained by v"),
        ("kept", _KEPT, rows[rows["metric"] == "kept_decision"], series, "samples with their image's class"),
    ]
    widths = {**_MAPS, PROBE: "left open by the layer (ideal)"}
    for name, own in rows[rows["metric"].isin(["spread", "open"])].groupby("subject", sort=False):
        title = f"Spread of samples in {name}, and what the layer leaves open"
        drawn.append((f"spread_{name}", title, own, widths, "share of the variance of images"))
    return [
        _plan(f"invariance_{name}_{number:02d}", f"{title}{of_model}", own, labels, ylabel)
        for name, title, own, labels, ylabel in drawn
        if own["value"].notna().any()
    ]


def _plan(name: str, title: str, rows: pd.DataFrame, series: Mapping[str, str], ylabel: str) -> Plan:
    flow = rows[rows["map"] == FLOW]
    said = "; ".join(f"{shown(row.layer, 40)} {row.value:.2f}" for row in each_row(flow.head(8)))
    return Plan(
        name=name,
        section="invariances",
        title=title,
        alt=f"{title}, layer by layer in forward order. Flow: {said}.",
        size=_SIZE,
        draw=partial(layer_lines, rows, series=series, ylabel=ylabel),
    )
