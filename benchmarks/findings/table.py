"""The findings of a run: a pure function of its records and of the tables that are there."""

import json
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import pandas as pd

from benchmarks.findings.blind import blind_confidence
from benchmarks.findings.candidate import CHECKS, Candidate
from benchmarks.findings.evidence import Evidence
from benchmarks.findings.falls import class_falls, corruption_apart
from benchmarks.findings.folders import Folder, find_folders
from benchmarks.findings.groups import class_errors, class_overconfident, folder_errors, folder_unsure, unreadable
from benchmarks.findings.mislabelled import seen_as
from benchmarks.findings.ranking import CORRECTION, LEVEL, Finding, rank_findings
from benchmarks.findings.reasons import READ
from benchmarks.summary.panel import Panel

__all__ = ["FINDINGS", "TESTED", "find_findings"]

FINDINGS = [
    "rank", "model", "check", "subject", "statement", "value", "low", "high", "n", "unit", "share", "share_low",
    "share_high", "concerns", "p", "adjusted_p", "test", "null", "candidates", "correction", "section", "table",
    "images", "also", "convention",
]  # fmt: skip
"""Columns of the findings: ``share`` is of the model's decisions; ``images`` is a JSON list of ids."""

TESTED = ["model", "check", "title", "null", "test", "candidates", "smallest_p", "smallest_adjusted_p", "findings"]
"""Columns of what was tested, one row for each model and check."""

_AGREEMENT = "agreement"
_OF_RECORDS: dict[str, Callable[[Evidence, Sequence[Folder]], Iterator[Candidate]]] = {
    "seen_as": lambda evidence, _: seen_as(evidence),
    "folder_errors": folder_errors,
    "folder_unsure": folder_unsure,
    "class_errors": lambda evidence, _: class_errors(evidence),
    "class_overconfident": lambda evidence, _: class_overconfident(evidence),
    "unreadable": unreadable,
    "blind_confidence": lambda evidence, _: blind_confidence(evidence),
    "class_falls": lambda evidence, _: class_falls(evidence),
    "corruption_apart": lambda evidence, _: corruption_apart(evidence),
}


def find_findings(panels: Sequence[Panel], tables: Mapping[str, pd.DataFrame]) -> dict[str, pd.DataFrame]:
    """Test every suspicion that the records and tables of a run allow, and rank those that hold.

    Args:
        panels: records of every model; none where the run has no records.
        tables: tidy frames by name; those that are absent are not tested.

    Returns:
        ``findings`` (:data:`FINDINGS`), which may have no row, and ``findings_tested`` (:data:`TESTED`); nothing at all
        where there was nothing to test.
    """
    evidence = [Evidence(panel=panel, clean=panel.clean) for panel in panels if panel.clean is not None]
    evidence = [one for one in evidence if one.total]
    candidates = [*_of_records(evidence), *(one for read in READ.values() for one in read(tables))]
    if not candidates:
        return {}
    findings, adjusted = rank_findings(candidates)
    rows = [_row(rank, one, len(candidates)) for rank, one in enumerate(findings, start=1)]
    tested = [*_tested(candidates, adjusted.tolist(), findings), *map(_agreement_row, evidence)]
    return {
        "findings": pd.DataFrame(rows, columns=FINDINGS),
        "findings_tested": pd.DataFrame(tested, columns=TESTED),
    }


def _of_records(evidence: Sequence[Evidence]) -> Iterator[Candidate]:
    folders = find_folders([str(one) for one in evidence[0].panel.image_id]) if evidence else []
    for one in evidence:
        for check in _OF_RECORDS.values():
            yield from check(one, folders)


def _row(rank: int, finding: Finding, candidates: int) -> dict[str, Any]:
    one, check = finding.candidate, CHECKS[finding.candidate.check]
    names = ("model", "check", "subject", "value", "low", "high", "n", "unit", "share", "share_low")
    return {name: getattr(one, name) for name in (*names, "share_high", "p", "convention")} | {
        "rank": rank,
        "statement": one.statement[:1].upper() + one.statement[1:],
        "concerns": check.concerns,
        "adjusted_p": finding.adjusted,
        "test": check.test,
        "null": check.null,
        "candidates": candidates,
        "correction": CORRECTION,
        "section": check.section,
        "table": check.table,
        "images": json.dumps(one.images, ensure_ascii=False),
        "also": "; ".join(other.statement for other in finding.also[:4]),
    }


def _tested(
    candidates: Sequence[Candidate], adjusted: Sequence[float], findings: Sequence[Finding]
) -> Iterator[dict[str, Any]]:
    smallest: dict[tuple[str, str], tuple[float, float]] = {}
    for one, corrected in zip(candidates, adjusted, strict=True):
        key = (one.model, one.check)
        smallest[key] = min(smallest.get(key, (1.0, 1.0)), (one.p, corrected))
    counts = Counter((one.model, one.check) for one in candidates)
    listed = Counter((one.model, one.check) for finding in findings for one in (finding.candidate, *finding.also))
    for (model, name), (p, corrected) in smallest.items():
        check = CHECKS[name]
        yield {
            "model": model,
            "check": name,
            "title": check.title,
            "null": check.null,
            "test": check.test,
            "candidates": counts[model, name],
            "smallest_p": p,
            "smallest_adjusted_p": corrected,
            "findings": listed[model, name],
        }


def _agreement_row(evidence: Evidence) -> dict[str, Any]:
    """What every claim about labels needs; no finding by itself, since chance says nothing about any image."""
    return {
        "model": evidence.panel.model,
        "check": _AGREEMENT,
        "title": "Labels and answers agree",
        "null": "Answers agree with labels no more often than if the same labels were dealt to the images at random.",
        "test": f"normal approximation of the permutation test, level {LEVEL:g}; needed by every claim about labels, "
        "and no candidate by itself",
        "candidates": 0,
        "smallest_p": evidence.agreement,
        "smallest_adjusted_p": float("nan"),
        "findings": 0,
    }
