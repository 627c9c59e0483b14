"""The sections of an audit: each adapts what a command of its own does, and all of them share one folder and page."""

from benchmarks.audit_sections.outcomes import FAILED, OK, SKIPPED, UNFINISHED, Outcome, outcome_table
from benchmarks.audit_sections.registry import BASE, SECTIONS, choose_sections
from benchmarks.audit_sections.running import (
    SECTIONS_TABLE,
    announce_sections,
    are_finished,
    estimate_sections,
    finish_sections,
    pending_sections,
)
from benchmarks.audit_sections.section import Explainers, Job
from benchmarks.audit_sections.stage import Stage

__all__ = [
    "BASE",
    "FAILED",
    "OK",
    "SECTIONS",
    "SECTIONS_TABLE",
    "SKIPPED",
    "UNFINISHED",
    "Explainers",
    "Job",
    "Outcome",
    "Stage",
    "announce_sections",
    "are_finished",
    "choose_sections",
    "estimate_sections",
    "finish_sections",
    "outcome_table",
    "pending_sections",
]
