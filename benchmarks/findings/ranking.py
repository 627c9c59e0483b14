"""From tested candidates to a ranked list: correction, what belongs together, order.

Every candidate of the run counts in one Holm correction: at level .05 at most one run in twenty lists anything that
is not so, however the tests depend on each other, and images under many conditions do depend. Corrections of the false
discovery rate would list more, but promise only that few of many findings are wrong; here one is too many.

What is wrong with the images as they are comes before what a change would do to decisions, since the former has
happened. Within either, the low end of the share of decisions affected decides.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from benchmarks.findings.candidate import CHECKS, OBSERVED, Candidate
from benchmarks.findings.exact import holm

__all__ = ["CORRECTION", "LEVEL", "Finding", "rank_findings"]

LEVEL = 0.05
"""Family-wise: of all candidates of a run."""

CORRECTION = "Holm, family-wise .05"

_SAME = 0.6  # of the images affected: from this overlap on two findings speak of one thing


@dataclass(frozen=True, kw_only=True)
class Finding:
    """A candidate that holds.

    Attributes:
        candidate: it.
        adjusted: p value after correction.
        also: statements of findings about the same images, which this one stands for.
    """

    candidate: Candidate
    adjusted: float
    also: tuple[Candidate, ...] = ()


def rank_findings(candidates: Sequence[Candidate]) -> tuple[list[Finding], npt.NDArray[np.float64]]:
    """Correct, join and order.

    Args:
        candidates: all of a run.

    Returns:
        The findings in order, and the adjusted p value of every candidate.
    """
    adjusted = holm([one.p for one in candidates])
    held = [
        Finding(candidate=one, adjusted=float(p))
        for one, p in zip(candidates, adjusted, strict=True)
        if p < LEVEL and one.large and one.share_low > 0
    ]
    return sorted(_joined(held), key=_place), adjusted


def _place(finding: Finding) -> tuple[bool, float, float]:
    one = finding.candidate
    return CHECKS[one.check].concerns != OBSERVED, -one.share_low, finding.adjusted


def _joined(findings: Sequence[Finding]) -> list[Finding]:
    """Let one finding stand for others about mostly the same images: the narrower first, then what ranks higher."""
    narrow = {name: place for place, name in enumerate(CHECKS)}
    by_width = sorted(findings, key=lambda f: (f.candidate.population, narrow[f.candidate.check], _place(f)))
    by_rank = sorted(_stand_for(by_width, of_other=True), key=_place)
    return _stand_for(by_rank, of_other=False)


def _stand_for(findings: Sequence[Finding], *, of_other: bool) -> list[Finding]:
    """Go through findings in order; one joins an earlier one that holds most of its images.

    Args:
        findings: in the order of precedence.
        of_other: count only images of the later finding that the earlier one affects too; else those of the smaller.
    """
    kept: list[Finding] = []
    for finding in findings:
        for place, earlier in enumerate(kept):
            if _same(earlier.candidate, finding.candidate, of_other=of_other):
                also = (*earlier.also, finding.candidate, *finding.also)
                kept[place] = Finding(candidate=earlier.candidate, adjusted=earlier.adjusted, also=also)
                break
        else:
            kept.append(finding)
    return kept


def _same(earlier: Candidate, later: Candidate, *, of_other: bool) -> bool:
    if earlier.model != later.model or earlier.affected is None or later.affected is None:
        return False
    shared = len(np.intersect1d(earlier.affected, later.affected, assume_unique=True))
    size = len(later.affected) if of_other else min(len(later.affected), len(earlier.affected))
    return size > 0 and shared >= _SAME * size
