"""Which figures the tables of attributes give; see :mod:`reports.figures` for the others."""

from collections.abc import Mapping
from functools import partial

import pandas as pd

from reports.figures import Plan
from reports.style import shown
from reports.stylex_plots import METHODS, sufficiency_lines
from reports.tables import each_row

__all__ = ["STYLEX_TABLES", "plan_stylex_figures"]

STYLEX_TABLES = ("stylex_attributes", "stylex_sufficiency", "stylex_fidelity")
"""The tables of a run folder that the page shows."""

_SIZE = (4.7, 3.9)  # inches
_MOST = 4  # classes
_WAYS = {"towards": "Decisions turned into {}", "away": "Decisions for {} turned away"}


def plan_stylex_figures(tables: Mapping[str, pd.DataFrame]) -> list[Plan]:
    """List the figures that ``stylex_sufficiency`` allows: both ways, of the first four classes."""
    table = tables.get("stylex_sufficiency")
    if table is None or table.empty:
        return []
    plans = []
    groups = list(table.groupby(["model", "class_name"], sort=False, observed=True))[:_MOST]
    for number, ((_, name), rows) in enumerate(groups, start=1):
        for way, words in _WAYS.items():
            own = rows[rows["way"] == way]
            if len(own):
                title = words.format(shown(name, 40))
                plans.append(
                    Plan(
                        name=f"attributes_{way}_{number:02d}",
                        section="attributes",
                        title=title,
                        alt=f"Share of held-out decisions, by number of attributes moved. {_said(own)}",
                        size=_SIZE,
                        draw=partial(sufficiency_lines, own),
                    )
                )
    return plans


def _said(rows: pd.DataFrame) -> str:
    """The last point of every method."""
    last = rows.sort_values("k", kind="stable").groupby("method", sort=False, observed=True).tail(1)
    return "; ".join(f"{METHODS.get(row.method, row.method)}, {row.k}: {row.value:.0%}" for row in each_row(last)) + "."
