"""How each section of an audit ended, kept in the run folder so that the same command goes on from there."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import pandas as pd

from reports.records import write_atomically

__all__ = ["FAILED", "OK", "SKIPPED", "UNFINISHED", "Outcome", "outcome_table", "read_outcome", "write_outcome"]

OK, FAILED, SKIPPED, UNFINISHED = "ok", "failed", "skipped", "unfinished"
"""Done; stopped by an error; does not apply; not reached yet."""

_COLUMNS = ["section", "status", "seconds", "reason"]


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """How a section ended.

    Attributes:
        section: its name.
        status: :data:`OK`, :data:`FAILED` or :data:`SKIPPED`.
        seconds: that it took the last time.
        reason: why it failed or was skipped.
        fingerprint: of all that decides it.
    """

    section: str
    status: str
    seconds: float
    reason: str
    fingerprint: str


def write_outcome(run: Path, outcome: Outcome) -> None:
    """Keep an outcome as ``sections/<name>.json``."""
    write_atomically(_place(run, outcome.section), json.dumps(asdict(outcome), indent=1).encode() + b"\n")


def read_outcome(run: Path, section: str) -> Outcome | None:
    """The outcome of a section; None if it did not end yet, or the file cannot be read."""
    try:
        return Outcome(**json.loads(_place(run, section).read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError):
        return None


def outcome_table(run: Path, sections: Sequence[str]) -> pd.DataFrame:
    """One row for each section: ``section``, ``status``, ``seconds`` and ``reason``; those without outcome too."""
    rows = []
    for name in sections:
        found = read_outcome(run, name)
        row = asdict(found) if found else {"section": name, "status": UNFINISHED, "seconds": None, "reason": ""}
        rows.append({column: row[column] for column in _COLUMNS})
    return pd.DataFrame(rows, columns=_COLUMNS)


def _place(run: Path, section: str) -> Path:
    return run / "sections" / f"{section}.json"
