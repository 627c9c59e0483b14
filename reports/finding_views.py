"""The findings as the page shows them: a ranked list, and what was tested."""

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from reports.sentences import percent
from reports.tables import NO_BREAK, each_row, format_count, format_interval
from reports.views import Cell, Head, View, clipped

__all__ = [
    "FINDINGS_SHOWN",
    "SECTIONS",
    "Item",
    "checks_view",
    "finding_items",
    "findings_lead",
    "format_p",
    "laid_out",
]

FINDINGS_SHOWN = 40
SECTIONS = {
    "classes": "Classes",
    "calibration": "Calibration",
    "errors": "Errors",
    "attacks": "Under attack",
    "corruptions": "Corruptions",
    "statistics": "Statistics",
    "concepts": "Concepts",
    "provenance": "Provenance",
}
"""Sections of the page that findings lead to: words by anchor."""

_IMAGES = 4  # ids named
_CLIP = 400


@dataclass(frozen=True, kw_only=True)
class Item:
    """One finding.

    Attributes:
        statement: what holds.
        concerns: the images as they are, or what a change would do.
        model: its name, where there are several.
        evidence: figure and interval, n, p values.
        test: what was held against what.
        share: decisions affected, in words.
        gauge: value, low and high of that share in percent.
        anchor: section of the page with the figures, and its words.
        table: the CSV file.
        images: ids of some images, and how many more there are.
        also: what else is true of the same images.
    """

    statement: str
    concerns: str
    model: str
    evidence: str
    test: str
    share: str
    gauge: tuple[float, float, float]
    anchor: tuple[str, str]
    table: str
    images: tuple[str, ...]
    also: str


def finding_items(findings: pd.DataFrame, sections: Mapping[str, str]) -> list[Item]:
    """Lay out the first findings.

    Args:
        findings: rows in order.
        sections: {anchor: words} of the page's sections; a link to one that is not there is left out.
    """
    several = findings["model"].nunique() > 1
    return [_item(row, sections, several=several) for row in each_row(findings.head(FINDINGS_SHOWN))]


def _item(row: Any, sections: Mapping[str, str], *, several: bool) -> Item:
    figure = format_interval(row.value, row.low, row.high)
    unit = "" if row.unit == "fraction" else f" {row.unit}"
    names = json.loads(row.images) if isinstance(row.images, str) and row.images else []
    share = (min(max(100 * one, 0.0), 100.0) for one in (row.share, row.share_low, row.share_high))
    value, low, high = share
    return Item(
        statement=clipped(row.statement, _CLIP),
        concerns=str(row.concerns),
        model=clipped(row.model, 60) if several else "",
        evidence=(
            f"{figure}{unit}, n{NO_BREAK}={NO_BREAK}{format_count(row.n)}; {row.convention}; "
            f"p{NO_BREAK}{format_p(row.p)}, adjusted {format_p(row.adjusted_p)}"
        ),
        test=f"Unless so: {row.null} Test: {row.test}.",
        share=f"{percent(row.share, row.share_low, row.share_high)} of decisions",
        gauge=(value, low, high),
        anchor=(str(row.section), sections[str(row.section)]) if str(row.section) in sections else ("", ""),
        table=str(row.table),
        images=tuple(clipped(name, 60) for name in names[:_IMAGES]),
        also=clipped(row.also, _CLIP) if isinstance(row.also, str) else "",
    )


def laid_out(tables: Mapping[str, pd.DataFrame], galleries: Sequence[Any]) -> dict[str, Any]:
    """Everything that the page's section of findings shows; a run that was tested and has none says so.

    Args:
        tables: tidy frames by name, empty ones too.
        galleries: of the page, each with ``name`` and ``strips``, and a ``title`` for every strip. Strips of what is no
            finding any more are taken out of the gallery of findings.
    """
    tested, findings = tables.get("findings_tested"), tables.get("findings")
    if tested is None or tested.empty:
        return {"findings": [], "findings_lead": "", "found": []}
    listed = findings if findings is not None else tested.head(0)
    items = finding_items(listed, SECTIONS) if len(listed) else []
    stated, found = {item.statement for item in items}, [view for view in galleries if view.name == "findings"]
    for view in found:
        view.strips = [strip for strip in view.strips if strip.title in stated]
    return {
        "findings": items,
        "findings_left": len(listed) - len(items),
        "findings_lead": findings_lead(findings, tested),
        "tested_view": checks_view(tested),
        "found": [view for view in found if view.strips],
    }


def format_p(p: float) -> str:
    r"""Write a p value.

    >>> format_p(0.0123), format_p(1e-20), format_p(math.nan)
    ('=\xa0.012', '<\xa0.0001', '–')
    """
    if not math.isfinite(p):
        return "–"
    return f"<{NO_BREAK}.0001" if p < 1e-4 else f"={NO_BREAK}{p:.2g}".replace("0.", ".", 1)


def findings_lead(findings: pd.DataFrame | None, tested: pd.DataFrame) -> str:
    """Say how many candidates were tested, how, and how many hold."""
    candidates, checks = int(tested["candidates"].sum()), int((tested["candidates"] > 0).sum())
    kinds = f"{checks} kind{'s' if checks != 1 else ''}"
    listed = 0 if findings is None else len(findings)
    count = {0: "None of them holds", 1: "One finding holds"}.get(listed, f"{listed:,} findings hold")
    said = (
        f"{format_count(candidates)} candidates of {kinds} were tested. {count} after Holm's correction over "
        "all of them, under which at most one run in twenty lists anything that is not so."
    )
    blind = tested[(tested["check"] == "agreement") & (tested["smallest_p"] >= 0.05)]
    if len(blind):
        said += (
            f" Answers of {clipped(', '.join(map(str, blind['model'])), 120)} agree with the labels no better than "
            "chance: labels and model do not belong together, or nothing was learned. Claims about single classes or "
            "folders would then say nothing, so none is listed."
        )
    return said


def checks_view(tested: pd.DataFrame) -> View:
    """Return a row for each kind of candidate: what would hold otherwise, how it was tested, what came of it."""
    several = tested["model"].nunique() > 1
    rows = [
        (
            Cell(text=clipped(row.title)),
            *([Cell(text=clipped(row.model))] if several else []),
            Cell(text=format_count(row.candidates), order=float(row.candidates)),
            Cell(text=format_p(row.smallest_p).removeprefix(f"={NO_BREAK}"), order=float(row.smallest_p)),
            Cell(text=format_p(row.smallest_adjusted_p).removeprefix(f"={NO_BREAK}"), order=_order(row)),
            Cell(text=format_count(row.findings), order=float(row.findings)),
            Cell(text=clipped(row.null, _CLIP)),
            Cell(text=clipped(row.test, _CLIP)),
        )
        for row in each_row(tested.head(200))
    ]
    heads = (
        Head(text="Kind"),
        *([Head(text="Model")] if several else []),
        Head(text="Candidates", numeric=True),
        Head(text="Smallest p", numeric=True),
        Head(text="Adjusted", meaning="After Holm's correction over all candidates of the run.", numeric=True),
        Head(text="Findings", meaning="Those that another finding stands for are counted too.", numeric=True),
        Head(text="What holds otherwise"),
        Head(text="Test"),
    )
    more = max(0, len(tested) - len(rows))
    return View(name="findings_tested", title="What was tested", heads=heads, rows=tuple(rows), more=more)


def _order(row: Any) -> float:
    return float(row.smallest_adjusted_p)
