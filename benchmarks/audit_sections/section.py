"""What an audit knows of a section: whether it applies, what it asks for, what it costs, and how it is done."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from benchmarks.audit_sections.stage import Stage
from benchmarks.request import Request

__all__ = ["Cost", "Explainers", "Job", "Section", "applies"]


@dataclass(frozen=True, kw_only=True)
class Explainers:
    """Networks that explain others, beyond what needs no training.

    Attributes:
        train: whether sections may train their own.
        stylex: a folder of ``stylex train``, or None.
    """

    train: bool = False
    stylex: Path | None = None


@dataclass(frozen=True, kw_only=True)
class Job:
    """An audit whose corruptions are done, and what its sections may take beyond that.

    Attributes:
        stage: models, data and folder of the audit.
        request: that was resolved.
        explainers: networks that explain others.
    """

    stage: Stage
    request: Request
    explainers: Explainers = field(default_factory=Explainers)

    @property
    def images(self) -> int:
        """Images of the audit."""
        return len(self.stage.resolved.plan.samples.entries)

    @property
    def models(self) -> int:
        """Models of the audit."""
        return len(self.stage.resolved.plan.models)


@dataclass(frozen=True, kw_only=True)
class Cost:
    """What a section takes: ``passes`` of one image through one model, and ``seconds`` whatever the model."""

    passes: float
    seconds: float


def applies(job: Job) -> str:
    """The reason against a section that always applies: none."""
    del job
    return ""


@dataclass(frozen=True, kw_only=True)
class Section:
    """A part of the audit that can fail, be left out or be done again by itself.

    Attributes:
        title: what the page calls it.
        asked: what a job's preset asks of it; another answer makes a finished section be done again.
        work: does it, up to tables and pictures; the page comes after all sections.
        cost: what that takes, roughly.
        reason_against: why a job cannot have it, in words; empty if it can.
    """

    title: str
    asked: Callable[[Job], Any]
    work: Callable[[Job], None]
    cost: Callable[[Job], Cost]
    reason_against: Callable[[Job], str] = applies

    def fingerprint(self, job: Job) -> str:
        """SHA-256 over all that decides what the section finds."""
        parts = [self.title, job.stage.resolved.plan.fingerprint(), repr(self.asked(job))]
        return hashlib.sha256("\0".join(parts).encode()).hexdigest()
