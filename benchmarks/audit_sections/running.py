"""The sections of an audit one after the other: what is finished is not done again, what fails stops nothing else."""

import contextlib
import time
import traceback
from collections.abc import Sequence
from pathlib import Path

import pandas as pd
import torch

from benchmarks.allocator import return_freed_pages
from benchmarks.audit_sections.outcomes import (
    FAILED,
    OK,
    SKIPPED,
    UNFINISHED,
    Outcome,
    outcome_table,
    read_outcome,
    write_outcome,
)
from benchmarks.audit_sections.registry import BASE, SECTIONS
from benchmarks.audit_sections.section import Job
from benchmarks.audit_sections.which_images import show_images
from benchmarks.console import describe_seconds
from benchmarks.report import write_report
from reports.records import write_atomically
from reports.tables import write_tables

__all__ = [
    "SECTIONS_TABLE",
    "announce_sections",
    "are_finished",
    "estimate_sections",
    "finish_sections",
    "pending_sections",
]

SECTIONS_TABLE = "sections"
"""The table that says how every section ended."""

_PAGE = "sections/page.csv"  # of the outcomes that the page shows, written after it


def pending_sections(job: Job, names: Sequence[str]) -> list[str]:
    """The sections that are not finished, or were finished under other settings, or failed."""
    return [name for name in names if not _settled(job, name)]


def are_finished(job: Job, names: Sequence[str]) -> bool:
    """Whether all sections are finished and the page was made after the last of them."""
    return not pending_sections(job, names) and _last_page(job.stage.run) == _shown(job.stage.run, names)


def estimate_sections(job: Job, names: Sequence[str], *, seconds_a_pass: float) -> float:
    """Seconds that sections will take, roughly.

    Args:
        job: the audit.
        names: of sections that have still to be done.
        seconds_a_pass: of one image through one model.
    """
    costs = [SECTIONS[name].cost(job) for name in names if not SECTIONS[name].reason_against(job)]
    return sum(cost.seconds + cost.passes * seconds_a_pass for cost in costs)


def announce_sections(run: Path, names: Sequence[str], *, base_seconds: float | None = None) -> None:
    """Write the table of sections as far as it is known, so that a page that is made in between tells what is missing.

    Args:
        run: the run folder.
        names: of the sections, beside those that the folder knows; without any no table is written.
        base_seconds: that corruptions took; None before they are finished.
    """
    if not names:
        return
    status = UNFINISHED if base_seconds is None else OK
    base = pd.DataFrame([{"section": BASE, "status": status, "seconds": base_seconds, "reason": ""}])
    write_tables(run, {SECTIONS_TABLE: pd.concat([base, outcome_table(run, _all(run, names))], ignore_index=True)})


def finish_sections(job: Job, names: Sequence[str], *, base_seconds: float) -> list[Outcome]:
    """Do the sections that are not finished, then write their table and the page; nothing where all are.

    A section that fails leaves its reason in ``sections/<name>.json`` and the traceback beside it, and is tried again
    by the next call. What it finished before, it finds again.

    Args:
        job: the audit, whose corruptions are done.
        names: of sections.
        base_seconds: that corruptions took.

    Returns:
        How each of them ended.
    """
    run = job.stage.run
    if are_finished(job, names):
        return [kept for name in names if (kept := read_outcome(run, name))]
    outcomes = []
    for name in names:
        kept = read_outcome(run, name) if _settled(job, name) else None
        outcomes.append(kept or _attempt(job, name))
    announce_sections(run, names, base_seconds=base_seconds)
    show_images(job.stage.resolved.plan, run)
    write_report([run], run)
    write_atomically(run / _PAGE, _shown(run, names).encode())
    return outcomes


def _last_page(run: Path) -> str:
    """The outcomes that the last page shows."""
    path = run / _PAGE
    return path.read_text(encoding="utf-8") if path.exists() else outcome_table(run, []).to_csv(index=False)


def _all(run: Path, names: Sequence[str]) -> list[str]:
    """These sections and those that the folder knows from other calls."""
    return [name for name in SECTIONS if name in names or read_outcome(run, name) is not None]


def _shown(run: Path, names: Sequence[str]) -> str:
    """The outcomes that a page shows, as text: a page that shows others has to be made again."""
    return outcome_table(run, _all(run, names)).to_csv(index=False)


def _settled(job: Job, name: str) -> bool:
    kept, section = read_outcome(job.stage.run, name), SECTIONS[name]
    if kept is None or kept.status == FAILED:
        return False
    if reason := section.reason_against(job):
        return kept.status == OK or kept.reason == reason
    with contextlib.suppress(Exception):  # what decides a section may itself be unreadable: that fails inside of it
        return kept.status == OK and kept.fingerprint == section.fingerprint(job)
    return False


def _attempt(job: Job, name: str) -> Outcome:
    """Do one section and keep how it ended."""
    section, run, say = SECTIONS[name], job.stage.run, job.stage.console.say
    if reason := section.reason_against(job):
        outcome = Outcome(section=name, status=SKIPPED, seconds=0.0, reason=reason, fingerprint="")
        say(f"{name}: left out, {reason}")
        write_outcome(run, outcome)
        return outcome
    say(f"{name} ...")
    started, status, why, fingerprint = time.monotonic(), OK, "", ""
    try:
        fingerprint = section.fingerprint(job)
        section.work(job)
    except Exception as error:
        status, why = FAILED, _reason(error)
        write_atomically(run / "sections" / f"{name}.log", traceback.format_exc().encode(errors="replace"))
    finally:
        _free()
    seconds = round(time.monotonic() - started, 1)
    outcome = Outcome(section=name, status=status, seconds=seconds, reason=why, fingerprint=fingerprint)
    write_outcome(run, outcome)
    say(f"{name}: did not finish, because {why}" if why else f"{name}: finished in {describe_seconds(seconds)}")
    return outcome


def _reason(error: Exception) -> str:
    """What stopped a section, in a line."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    name = type(error).__name__
    return f"{name}: {lines[0]}" if lines else name


def _free() -> None:
    """Give back what a section used before the next one starts."""
    return_freed_pages()
    if torch.cuda.is_available():
        torch.cuda.empty_cache()
