"""Images that are labelled as one class and seen as another, as surely as that class's own images are."""

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

from benchmarks.findings.candidate import Candidate, Places
from benchmarks.findings.evidence import Evidence
from benchmarks.findings.exact import apart_greater, fisher_greater
from benchmarks.metrics import wilson

__all__ = ["seen_as"]

_FEWEST = 3  # images
_SURE = 1 / 3  # of the images answered so
_RIGHT = 5  # right answers that tell how sure a class's own images are

_CLASSES = 4  # from which on natural confusion can be told from the other classes

Array = npt.NDArray[np.float64]
Counts = npt.NDArray[np.int64]


def seen_as(evidence: Evidence) -> Iterator[Candidate]:
    """One candidate for each class that has images: the other class that its images are most clearly seen as."""
    sure = _as_sure(evidence)
    n = evidence.n
    pairs, surely = _pairs(evidence, evidence.wrong), _pairs(evidence, sure)
    p, unusual = _pairs_greater(surely, n), _out_of_line(surely, n)
    members = evidence.members(evidence.wrong)
    for label in np.flatnonzero(n):
        yield _candidate(evidence, int(label), (pairs, surely), p[label], float(unusual[label]), members[label])


def _as_sure(evidence: Evidence) -> npt.NDArray[np.bool_]:
    """(N,) wrong answers that are as sure as at least half of the right answers of the class answered."""
    least = np.full(evidence.classes, np.inf)
    answers, confidence = evidence.answers[evidence.right], evidence.confidence[evidence.right]
    for one in np.unique(answers):
        values = confidence[answers == one]
        if len(values) >= _RIGHT:
            least[one] = np.median(values)
    return np.asarray(evidence.wrong & (evidence.confidence >= least[evidence.answers]))


def _pairs(evidence: Evidence, chosen: npt.NDArray[np.bool_]) -> Counts:
    """(K, K) how many of the chosen images of a class (row) are answered as another (column)."""
    k = evidence.classes
    cells = evidence.labels[chosen].astype(np.int64) * k + evidence.answers[chosen]
    return np.bincount(cells, minlength=k * k).reshape(k, k)


def _pairs_greater(surely: Counts, n: Counts) -> Array:
    """(K, K) p values of a class (row) being surely answered as another (column) more often than other classes are.

    Images of the class answered are right there, so that they cannot be compared.
    """
    met = np.nonzero(surely)
    rest = surely.sum(axis=0) - surely
    rest_n = n.sum() - n[:, None] - n[None, :]
    p = np.ones(surely.shape)
    p[met] = fisher_greater(surely[met], n[met[0]], rest[met], rest_n[met])
    return p


def _out_of_line(surely: Counts, n: Counts) -> Array:
    """(K,) p values of a class's largest count being more than natural confusion; 0 where classes are few."""
    if np.count_nonzero(n) < _CLASSES:
        return np.zeros(len(n))
    with np.errstate(invalid="ignore", divide="ignore"):
        return apart_greater(np.arcsin(np.sqrt(surely.max(axis=1) / n)), 0.5 / np.sqrt(n))


def _candidate(
    evidence: Evidence, label: int, counts: tuple[Counts, Counts], p: Array, unusual: float, places: Places
) -> Candidate:
    pairs, surely = counts
    answer = int(np.lexsort((-pairs[label], p))[0])
    hits, seen, n = int(pairs[label, answer]), int(surely[label, answer]), int(evidence.n[label])
    low, high = (float(end) for end in wilson(hits, n))
    places = places[evidence.answers[places] == answer]
    part, others = n / evidence.total, max(1, int(np.count_nonzero(evidence.n)) - 1)
    return Candidate(
        check="seen_as",
        model=evidence.panel.model,
        subject=evidence.name(label),
        statement=(
            f"{hits} of {n} images labelled “{evidence.name(label)}” are seen as “{evidence.name(answer)}”, "
            f"{seen} of them as surely as most images that are labelled so; the other way round {pairs[answer, label]}"
        ),
        p=max(min(1.0, float(p[answer]) * others), unusual, evidence.agreement),
        value=hits / n,
        low=low,
        high=high,
        unit="fraction",
        n=n,
        share=hits / evidence.total,
        share_low=low * part,
        share_high=high * part,
        convention="share of the class's clean images that are answered as the other class; Wilson 95 %",
        large=hits >= _FEWEST and seen >= _SURE * hits,
        images=evidence.examples(places, evidence.confidence),
        affected=places,
        population=n,
    )
