"""What the records of one model say of its clean images, as arrays that every check shares."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from benchmarks.findings.candidate import Places
from benchmarks.findings.exact import agreement
from benchmarks.metrics import wilson
from benchmarks.summary.panel import Panel

__all__ = ["Evidence", "difference_interval", "points"]

_EXAMPLES = 8


@dataclass(frozen=True, kw_only=True)
class Evidence:
    """One model's records, seen from its clean images; only made where there are some.

    Attributes:
        panel: the records.
        clean: place of the clean condition.
    """

    panel: Panel
    clean: int

    @cached_property
    def ok(self) -> npt.NDArray[np.bool_]:
        """(N,) images with a clean prediction."""
        ok: npt.NDArray[np.bool_] = self.panel.ok[self.clean]
        return ok

    @cached_property
    def right(self) -> npt.NDArray[np.bool_]:
        """(N,) images with a right one."""
        right: npt.NDArray[np.bool_] = self.panel.correct[self.clean] & self.ok
        return right

    @cached_property
    def wrong(self) -> npt.NDArray[np.bool_]:
        """(N,) images with a wrong one."""
        return self.ok & ~self.right

    @property
    def confidence(self) -> npt.NDArray[np.float64]:
        """(N,) clean max softmax."""
        confidence: npt.NDArray[np.float64] = self.panel.confidence[self.clean]
        return confidence

    @property
    def answers(self) -> npt.NDArray[np.int32]:
        """(N,) clean predictions."""
        answers: npt.NDArray[np.int32] = self.panel.prediction[self.clean]
        return answers

    @property
    def labels(self) -> npt.NDArray[np.int32]:
        """(N,) classes; -1 for images of other models."""
        return self.panel.label

    @cached_property
    def classes(self) -> int:
        """K, as far as labels and answers show."""
        return int(max(self.labels.max(), self.answers.max(), 0)) + 1

    @cached_property
    def names(self) -> dict[int, str]:
        """Class names by index, of classes that have images."""
        labels, first = np.unique(self.labels, return_index=True)
        return {int(one): str(self.panel.label_name[place]) for one, place in zip(labels, first, strict=True)}

    @cached_property
    def agreement(self) -> float:
        """P value of the claim that labels have something to do with answers, which every claim about labels needs."""
        return agreement(self.labels[self.ok], self.answers[self.ok])

    @cached_property
    def cells(self) -> list[int]:
        """Places of the corrupted conditions, severity by severity."""
        return [place for place, condition in enumerate(self.panel.conditions) if condition.kind != "clean"]

    def lost(self, place: int) -> npt.NDArray[np.bool_]:
        """(N,) images that are right on clean and wrong under a condition."""
        lost: npt.NDArray[np.bool_] = self.right & self.panel.ok[place] & ~self.panel.correct[place]
        return lost

    @cached_property
    def n(self) -> npt.NDArray[np.int64]:
        """(K,) images of each class with a clean prediction."""
        return self.count(self.ok)

    @cached_property
    def total(self) -> int:
        """Images with a clean prediction."""
        return int(self.ok.sum())

    def members(self, chosen: npt.NDArray[np.bool_]) -> list[Places]:
        """K arrays: places of the chosen images, class by class."""
        places = np.flatnonzero(chosen & (self.labels >= 0))
        order = places[np.argsort(self.labels[places], kind="stable")]
        return list(np.split(order, np.cumsum(self.count(chosen))[:-1]))

    def count(self, chosen: npt.NDArray[np.bool_]) -> npt.NDArray[np.int64]:
        """(K,) how many of the chosen images each class has."""
        return np.bincount(self.labels[chosen & (self.labels >= 0)], minlength=self.classes)

    def name(self, label: int) -> str:
        """A class as people call it."""
        return self.names.get(label, f"class {label}")

    def examples(self, places: Places, order: npt.NDArray[np.float64]) -> tuple[str, ...]:
        """Ids of the images at ``places`` that are highest in ``order`` (N,)."""
        best = places[np.argsort(-order[places], kind="stable")][:_EXAMPLES]
        return tuple(str(one) for one in self.panel.image_id[best])


def difference_interval(
    hits: npt.ArrayLike, n: npt.ArrayLike, other_hits: npt.ArrayLike, other_n: npt.ArrayLike
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """95 % interval of the difference of two independent rates, from Wilson's of either.

    Reference:
        Newcombe, Interval Estimation for the Difference Between Independent Proportions, 1998 (method 10).

    Example:
        >>> low, high = difference_interval(9, 10, 3, 10)
        >>> f"{low:.2f} {high:.2f}"
        '0.17 0.81'
    """
    k, n = np.asarray(hits, dtype=np.float64), np.asarray(n, dtype=np.float64)
    other, m = np.asarray(other_hits, dtype=np.float64), np.asarray(other_n, dtype=np.float64)
    (low, high), (other_low, other_high) = wilson(k, n), wilson(other, m)
    with np.errstate(invalid="ignore", divide="ignore"):
        p, q = k / n, other / m
        below = p - q - np.sqrt((p - low) ** 2 + (other_high - q) ** 2)
        above = p - q + np.sqrt((high - p) ** 2 + (q - other_low) ** 2)
    return np.asarray(below), np.asarray(above)


def points(value: float, low: float, high: float) -> str:
    """A difference of shares in percentage points with its interval.

    >>> points(0.31, 0.222, 0.42)
    '31 points [22, 42]'
    """
    return f"{100 * value:.0f} points [{100 * low:.0f}, {100 * high:.0f}]"
