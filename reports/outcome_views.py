"""How the sections of an audit ended, as the page says it: what is missing above, the whole list under provenance."""

from math import isnan
from typing import Any

import pandas as pd

from reports.tables import each_row
from reports.views import Cell, Head, View, clipped

__all__ = ["OUTCOME_TABLE", "missing_sections", "outcomes_view"]

OUTCOME_TABLE = "sections"

_WORDS = {"ok": "done", "failed": "did not finish", "skipped": "left out", "unfinished": "not reached yet"}
_SHOWN = 200  # characters of a reason


def outcomes_view(outcomes: pd.DataFrame) -> View:
    """Return one row per section: how it ended, why, and how long it took."""
    rows = [
        (
            Cell(text=clipped(row.section)),
            Cell(text=_WORDS.get(row.status, clipped(row.status))),
            Cell(text=_seconds(row.seconds), order=float(row.seconds)),
            Cell(text=_reason(row)),
        )
        for row in each_row(outcomes)
    ]
    heads = (
        Head(text="Section"),
        Head(text="Outcome"),
        Head(text="Seconds", meaning="Of the last call that worked on it.", numeric=True),
        Head(text="Why"),
    )
    return View(name=OUTCOME_TABLE, title="Sections of this audit", heads=heads, rows=tuple(rows))


def missing_sections(outcomes: pd.DataFrame) -> list[str]:
    """Say what the page is without, a sentence for each section that failed or was not reached.

    >>> failed = {"section": "errors", "status": "failed", "seconds": 1.0, "reason": "ValueError: no image"}
    >>> missing_sections(pd.DataFrame([failed]))
    ['errors did not finish, because ValueError: no image']
    """
    found = []
    for row in each_row(outcomes):
        if row.status == "failed":
            found.append(f"{clipped(row.section)} did not finish, because {_reason(row)}")
        elif row.status == "unfinished":
            found.append(f"{clipped(row.section)} was not reached yet")
    return found


def _reason(row: Any) -> str:
    return clipped(row.reason, _SHOWN) if isinstance(row.reason, str) else ""  # a column without reasons reads as NaN


def _seconds(seconds: float) -> str:
    return "–" if isnan(seconds) else f"{seconds:.0f}"
