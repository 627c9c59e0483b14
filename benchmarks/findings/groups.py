"""Folders and classes of which the classifier makes more errors, or is less sure, than of comparable images."""

from collections.abc import Iterator, Sequence

import numpy as np
import numpy.typing as npt

from benchmarks.findings.candidate import Candidate
from benchmarks.findings.evidence import Evidence, difference_interval, points
from benchmarks.findings.exact import fisher_greater, outlier_greater, stratified_greater
from benchmarks.findings.folders import Folder
from benchmarks.metrics import wilson

__all__ = ["class_errors", "class_overconfident", "folder_errors", "folder_unsure", "unreadable"]

_LARGE = 0.05  # points of a difference, by its low end
_UNSURE = 0.1  # of each class

Mask = npt.NDArray[np.bool_]
Array = npt.NDArray[np.float64]


def folder_errors(evidence: Evidence, folders: Sequence[Folder]) -> Iterator[Candidate]:
    """Folders whose images are wrong more often than others of the same classes."""
    for folder in folders:
        inside = _mask(evidence, folder)
        p = max(_within_classes(evidence, inside, evidence.wrong, evidence.ok), evidence.agreement)
        yield _folder(
            evidence, folder, "folder_errors", p, evidence.wrong, "are wrong on clean images", evidence.confidence
        )


def folder_unsure(evidence: Evidence, folders: Sequence[Folder]) -> Iterator[Candidate]:
    """Folders whose images are among the least confident of their classes."""
    unsure = _least_confident(evidence) if folders else evidence.ok
    for folder in folders:
        p = _within_classes(evidence, _mask(evidence, folder), unsure, evidence.ok)
        said = "are among the least confident tenth of their class"
        yield _folder(evidence, folder, "folder_unsure", p, unsure, said, -evidence.confidence)


def class_errors(evidence: Evidence) -> Iterator[Candidate]:
    """Classes whose share of wrong answers is out of line."""
    n, wrong, members = evidence.n, evidence.count(evidence.wrong), evidence.members(evidence.wrong)
    with np.errstate(invalid="ignore", divide="ignore"):
        p = outlier_greater(np.arcsin(np.sqrt(wrong / n)), 0.5 / np.sqrt(n))
    low, high = difference_interval(wrong, n, wrong.sum() - wrong, np.maximum(n.sum() - n, 1))
    for label in np.flatnonzero(n):
        rest = (wrong.sum() - wrong[label]) / max(int(n.sum() - n[label]), 1)
        rate = wrong[label] / n[label]
        yield _of_class(
            evidence,
            "class_errors",
            int(label),
            statement=(
                f"{100 * rate:.0f} % of the {n[label]} images of class “{evidence.name(int(label))}” are wrong, "
                f"{points(rate - rest, float(low[label]), float(high[label]))} more than of the other classes"
            ),
            p=float(p[label]),
            figure=(rate - rest, float(low[label]), float(high[label])),
            convention="share of clean images that are wrong, minus that of the other classes; Newcombe 95 %",
            places=members[label],
        )


def class_overconfident(evidence: Evidence) -> Iterator[Candidate]:
    """Classes in which confidence exceeds accuracy by more than in the others."""
    n, members = evidence.n, evidence.members(evidence.wrong)
    gap, spread = _mean(evidence, evidence.confidence - evidence.right, evidence.ok)
    p = outlier_greater(gap, spread)
    for label in np.flatnonzero(n):
        value, half = float(gap[label]), 1.96 * float(spread[label])
        said = points(value, value - half, value + half)
        yield _of_class(
            evidence,
            "class_overconfident",
            int(label),
            statement=f"on class “{evidence.name(int(label))}” confidence exceeds accuracy by {said}, n = {n[label]}",
            p=float(p[label]),
            figure=(value, value - half, value + half),
            convention="mean of confidence minus accuracy over the class's clean images; normal 95 %",
            places=members[label],
        )


def unreadable(evidence: Evidence, folders: Sequence[Folder]) -> Iterator[Candidate]:
    """Classes and folders in which images without a prediction gather; none are tested where every image has one."""
    known = evidence.labels >= 0
    bad = known & ~evidence.ok
    if not bad.any():
        return
    n, hits = evidence.count(known), evidence.count(bad)
    p = fisher_greater(hits, n, hits.sum() - hits, n.sum() - n)
    members = evidence.members(known)
    for label in np.flatnonzero(n):
        where = f"class “{evidence.name(int(label))}”"
        yield _unreadable(evidence, evidence.name(int(label)), where, members[label], bad, float(p[label]))
    for folder in folders:
        p_folder = _within_classes(evidence, _mask(evidence, folder), bad, known)
        yield _unreadable(evidence, folder.name, f"folder {folder.name}", folder.places, bad, p_folder)


def _unreadable(
    evidence: Evidence, subject: str, where: str, members: npt.NDArray[np.intp], bad: Mask, p: float
) -> Candidate:
    hits, n, total = int(bad[members].sum()), len(members), int((evidence.labels >= 0).sum())
    low, high = (float(end) for end in wilson(hits, n))
    places = members[bad[members]]
    return Candidate(
        check="unreadable",
        model=evidence.panel.model,
        subject=subject,
        statement=(
            f"{hits} of {n} images of {where} have no prediction; elsewhere {int(bad.sum()) - hits} of {total - n}"
        ),
        p=p,
        value=hits / n,
        low=low,
        high=high,
        unit="fraction",
        n=n,
        share=hits / total,
        share_low=low * n / total,
        share_high=high * n / total,
        convention="share of images without a clean prediction; Wilson 95 %",
        images=evidence.examples(places, np.zeros(len(bad))),
        affected=places,
        population=n,
    )


def _mask(evidence: Evidence, folder: Folder) -> Mask:
    inside = np.zeros(len(evidence.ok), dtype=np.bool_)
    inside[folder.places] = True
    return inside


def _within_classes(evidence: Evidence, inside: Mask, event: Mask, among: Mask) -> float:
    """Exact p value of the event being more frequent inside than among other images of the same classes."""
    n, all_n = evidence.count(among & inside), evidence.count(among)
    used = (n > 0) & (n < all_n)
    hits, found = evidence.count(among & inside & event), evidence.count(among & event)
    return stratified_greater(hits[used], n[used], found[used], all_n[used]) if used.any() else 1.0


def _folder(
    evidence: Evidence, folder: Folder, check: str, p: float, event: Mask, said: str, order: Array
) -> Candidate:
    """A folder against other images of its classes, which are weighted as the folder's images fall on them."""
    inside = _mask(evidence, folder)
    n, rest = evidence.count(evidence.ok & inside), evidence.count(evidence.ok & ~inside)
    used = (n > 0) & (rest > 0)
    hits = evidence.count(evidence.ok & inside & event)
    with np.errstate(invalid="ignore", divide="ignore"):
        expected = (evidence.count(evidence.ok & ~inside & event) / rest)[used] @ n[used]
    k, size = int(hits[used].sum()), int(n[used].sum())
    others = int(rest[used].sum())
    rate, usual = k / max(size, 1), float(expected) / max(size, 1)
    ends = difference_interval(k, max(size, 1), usual * others, max(others, 1))
    low, high = (float(end) for end in ends)
    places = folder.places[event[folder.places]]
    part = size / max(evidence.total, 1)
    return Candidate(
        check=check,
        model=evidence.panel.model,
        subject=folder.name,
        statement=(
            f"{100 * rate:.0f} % of the {size} images of folder {folder.name} {said}, "
            f"{points(rate - usual, low, high)} more than of other images of the same classes"
        ),
        p=p,
        value=rate - usual,
        low=low,
        high=high,
        unit="fraction",
        n=size,
        share=(rate - usual) * part,
        share_low=low * part,
        share_high=high * part,
        convention="share of the folder's images minus that of others of their classes, weighted alike; Newcombe 95 %",
        large=low >= _LARGE,
        images=evidence.examples(places, order),
        affected=places,
        population=size,
    )


def _of_class(
    evidence: Evidence,
    check: str,
    label: int,
    *,
    statement: str,
    p: float,
    figure: tuple[float, float, float],
    convention: str,
    places: npt.NDArray[np.intp],
) -> Candidate:
    n = int(evidence.n[label])
    part = n / evidence.total
    value, low, high = figure
    return Candidate(
        check=check,
        model=evidence.panel.model,
        subject=evidence.name(label),
        statement=statement,
        p=max(p, evidence.agreement),
        value=value,
        low=low,
        high=high,
        unit="fraction",
        n=n,
        share=value * part,
        share_low=low * part,
        share_high=high * part,
        convention=convention,
        large=low >= _LARGE,
        images=evidence.examples(places, evidence.confidence),
        affected=places,
        population=n,
    )


def _mean(evidence: Evidence, values: Array, among: Mask) -> tuple[Array, Array]:
    """(K,) means over the images of each class, and their standard errors; NaN without two images."""
    labels, x, k = evidence.labels[among], np.asarray(values, dtype=np.float64)[among], evidence.classes
    n = np.bincount(labels, minlength=k)
    with np.errstate(invalid="ignore", divide="ignore"):
        mean = np.bincount(labels, weights=x, minlength=k) / n
        square = np.bincount(labels, weights=(x - mean[labels]) ** 2, minlength=k) / (n - 1)
        return mean, np.sqrt(square / n)


def _least_confident(evidence: Evidence) -> Mask:
    """(N,) the least confident tenth of every class; of equals those that come first."""
    order = np.lexsort((evidence.confidence, evidence.labels))
    order = order[evidence.ok[order]]
    n = evidence.count(evidence.ok)
    start = np.repeat(np.cumsum(n) - n, n)
    unsure = np.zeros(len(evidence.ok), dtype=np.bool_)
    unsure[order] = np.arange(len(order)) - start < _UNSURE * np.repeat(n, n)
    return unsure
