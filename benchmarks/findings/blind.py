"""Confidence that tells right answers from wrong ones hardly better than a coin."""

from collections.abc import Iterator

import numpy as np
from scipy import stats

from benchmarks.findings.candidate import Candidate
from benchmarks.findings.evidence import Evidence
from benchmarks.metrics import wilson

__all__ = ["auroc_and_error", "blind_confidence"]

_LEAST = 0.6  # AUROC
_FEWEST = 10  # right and wrong answers


def blind_confidence(evidence: Evidence) -> Iterator[Candidate]:
    """One candidate, where there are ten right answers and ten wrong ones."""
    right, wrong = (evidence.confidence[one] for one in (evidence.right, evidence.wrong))
    if min(len(right), len(wrong)) < _FEWEST:
        return
    value, error = auroc_and_error(right, wrong)
    above = evidence.wrong & (evidence.confidence >= np.median(right))
    hits, n, half = int(above.sum()), evidence.total, 1.96 * error
    low, high = (float(end) for end in wilson(hits, n))
    said = f"{value:.2f} [{max(0.0, value - half):.2f}, {min(1.0, value + half):.2f}]"
    yield Candidate(
        check="blind_confidence",
        model=evidence.panel.model,
        subject="confidence",
        statement=f"confidence hardly tells right answers from wrong ones: AUROC {said}, where .5 is guessing",
        p=max(float(stats.norm.cdf((value - _LEAST) / error)) if error > 0 else 1.0, evidence.agreement),
        value=value,
        low=max(0.0, value - half),
        high=min(1.0, value + half),
        unit="fraction",
        n=len(right) + len(wrong),
        share=hits / n,
        share_low=low,
        share_high=high,
        convention="AUROC of max softmax on clean images, DeLong 95 %; affected are wrong answers above the median "
        "confidence of right ones",
        images=evidence.examples(np.flatnonzero(above), evidence.confidence),
        affected=np.flatnonzero(above),
        population=n,
    )


def auroc_and_error(right: np.ndarray, wrong: np.ndarray) -> tuple[float, float]:
    """AUROC and its standard error.

    Args:
        right: (M,) confidences of right answers.
        wrong: (L,) of wrong ones.

    Reference:
        DeLong, DeLong and Clarke-Pearson, Comparing the Areas under Two or More Correlated ROC Curves, 1988.

    Example:
        >>> auroc_and_error(np.array([0.9, 0.8]), np.array([0.1, 0.2]))
        (1.0, 0.0)
    """
    m, n = len(right), len(wrong)
    ranks = stats.rankdata(np.concatenate([right, wrong]))
    above = (ranks[:m] - stats.rankdata(right)) / n  # share of wrong ones below each right one, ties by half
    below = 1 - (ranks[m:] - stats.rankdata(wrong)) / m
    return float(above.mean()), float(np.sqrt(above.var(ddof=1) / m + below.var(ddof=1) / n))
