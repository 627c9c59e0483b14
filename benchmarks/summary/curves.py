"""Reliability and risk-coverage curves, on clean images and pooled over the corrupted cells.

Pooled rows repeat images, so their intervals count Kish's effective number of images in place of rows.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from benchmarks.metrics import effective_images, wilson
from benchmarks.metrics.calibration import BINS, equal_width_bins
from benchmarks.metrics.selective import rank
from benchmarks.summary.figures import FIGURE
from benchmarks.summary.panel import Panel, corrupted_cells

__all__ = ["RELIABILITY", "RISK_COVERAGE", "Group", "groups", "reliability_rows", "risk_coverage_rows"]

RELIABILITY = [
    "model", "group", "bin", "confidence_low", "confidence_high", "mean_confidence", *FIGURE
]  # fmt: skip
RISK_COVERAGE = ["model", "group", "coverage", *FIGURE]

_POINTS = 200


@dataclass(frozen=True, kw_only=True)
class Group:
    """Rows drawn as one curve.

    Attributes:
        name: ``clean`` or ``corrupted``.
        images: number of images, N.
        image: (R,) place of each row's image in 0..N-1.
        confidence: (R,) max softmax.
        correct: (R,) booleans.
        note: what the rows are, and how intervals come about.
    """

    name: str
    images: int
    image: npt.NDArray[np.intp]
    confidence: npt.NDArray[np.float64]
    correct: npt.NDArray[np.bool_]
    note: str


def groups(panel: Panel) -> Iterator[Group]:
    """The clean rows and the pooled corrupted rows, those that exist."""
    if panel.clean is not None:
        yield _group(panel, "clean", [panel.clean], "clean images; Wilson 95 %")
    cells = corrupted_cells(panel)
    if cells:
        note = f"rows pooled over {len(cells)} corrupted cells; Wilson 95 % on the effective number of images"
        yield _group(panel, "corrupted", cells, note)


def _group(panel: Panel, name: str, places: list[int], note: str) -> Group:
    cell, image = np.nonzero(panel.ok[places])
    at = (np.array(places)[cell], image)
    return Group(
        name=name,
        images=panel.ok.shape[1],
        image=image,
        confidence=panel.confidence[at],
        correct=panel.correct[at],
        note=note,
    )


def reliability_rows(panel: Panel, group: Group) -> Iterator[dict[str, Any]]:
    """Rows of the table ``reliability``: accuracy in each of 15 confidence bins, NaN in an empty one."""
    bins, edges = equal_width_bins(group.confidence), np.linspace(0, 1, BINS + 1)
    for b in range(BINS):
        inside = bins == b
        n = int(inside.sum())
        accuracy = float(group.correct[inside].mean()) if n else float("nan")
        effective = effective_images(np.bincount(group.image[inside], minlength=group.images))
        low, high = wilson(accuracy * effective if n else 0.0, effective)
        yield {
            "model": panel.model,
            "group": group.name,
            "bin": b,
            "confidence_low": edges[b],
            "confidence_high": edges[b + 1],
            "mean_confidence": float(group.confidence[inside].mean()) if n else float("nan"),
            "value": accuracy,
            "low": float(low),
            "high": float(high),
            "n": n,
            "convention": f"accuracy in the bin, {group.note}",
        }


def risk_coverage_rows(panel: Panel, group: Group) -> Iterator[dict[str, Any]]:
    """Rows of the table ``risk_coverage``: the error among the most confident, at up to 200 coverages."""
    ranking = rank(group.confidence, group.correct)
    image, wrong = group.image[ranking.order], np.cumsum(ranking.wrong)
    rows, start = np.zeros(group.images), 0
    for end in _thinned(ranking.ends):
        rows += np.bincount(image[start : end + 1], minlength=group.images)
        start, n = int(end) + 1, int(end) + 1
        risk, effective = float(wrong[end] / n), effective_images(rows)
        low, high = wilson(risk * effective, effective)
        yield {
            "model": panel.model,
            "group": group.name,
            "coverage": n / len(image),
            "value": risk,
            "low": float(low),
            "high": float(high),
            "n": n,
            "convention": f"error among the rows of highest max softmax, {group.note} at a fixed threshold",
        }


def _thinned(ends: npt.NDArray[np.intp]) -> npt.NDArray[np.intp]:
    """At most 200 of the thresholds, evenly spread over coverage, full coverage included."""
    if len(ends) <= _POINTS:
        return ends
    wanted = np.linspace(0, ends[-1], _POINTS)
    return np.unique(ends[np.searchsorted(ends, wanted)])
