"""What do some images share, against others of the same class? Every quantity that is known of both, matched by class.

For each image of a group the mean of the others of its class is taken off, and what is left is averaged. Images are
resampled, those of the group and the others alike, so that an interval covers both.
"""

from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd

from benchmarks.datasets.subsets import draw_key
from benchmarks.images.groups import GROUPS, Group
from benchmarks.metrics import bootstrap, resample_counts, resamples_for
from benchmarks.summary.figures import FIGURE, Figure, resampled, tidy

__all__ = ["SHARED", "image_quantities", "shared_table"]

SHARED = ["model", "group", "quantity", "metric", *FIGURE, "mean", "against", "others", "deviations"]
"""Columns of the comparison: ``n`` images of mean ``mean`` and ``others`` of their classes, whose mean, weighted by the
classes of the former, is ``against``; ``deviations`` is the difference in standard deviations within a class, NaN where
the others are all alike."""

_CHECKS = ("insertion_blurred", "deletion_blurred", "sensitivity", "randomised_correlation", "relative_gap")
_MEDIANS = ("sensitivity", "relative_gap")  # quotients, of which a few are huge
_PLAIN = ("corrupted_wrong", "max_probability", "attack_smallest_fooling", "explain_map_agreement", "explain_map_area")
_BEGINNINGS = ("score_", "factor_", "statistics_flips_", "stylex_attribute_")
_TRUE_CLASS = "_class"  # what a layer sees of it says again whether an answer is right
_CONTROL = "explain_random_"
_MOST, _MOST_OTHERS = 300, 30  # images of a group, and others of each of their classes, to bound the time
_FEWEST = 5  # of either kind

Array = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]


def image_quantities(images: pd.DataFrame) -> dict[str, Array]:
    """The numbers that are compared, (N,) each; NaN where a section did not see an image, or nothing was found.

    Checks of maps are averaged over methods, those that are quotients by the median.

    Args:
        images: of :func:`benchmarks.images.join_images`, of one model.
    """
    names = [
        name
        for name in images.columns
        if name in _PLAIN or (name.startswith(_BEGINNINGS) and not name.endswith(_TRUE_CLASS))
    ]
    found = {name: images[name].to_numpy(np.float64) for name in names}
    for check in _CHECKS:
        columns = [
            name
            for name in images.columns
            if name.startswith("explain_") and name.endswith(f"_{check}") and not name.startswith(_CONTROL)
        ]
        if columns:
            values = images[columns].replace([np.inf, -np.inf], np.nan)
            middle = values.median(axis=1) if check in _MEDIANS else values.mean(axis=1)
            found[f"explain_{check}"] = middle.to_numpy(np.float64)
    return {name: np.where(np.isfinite(values), values, np.nan) for name, values in found.items()}


def shared_table(images: pd.DataFrame, *, seed: int) -> pd.DataFrame:
    """Compare the images of every group with others of their classes, quantity by quantity.

    Args:
        images: of :func:`benchmarks.images.join_images`.
        seed: of the bootstrap, and of the choice of others where there are many.

    Returns:
        Columns :data:`SHARED`, those of the largest ``deviations`` first within a group; no row for a quantity that is
        known of fewer than five images of either kind.
    """
    return tidy((row for row in _rows(images, seed)), SHARED)


def _rows(images: pd.DataFrame, seed: int) -> Iterator[dict[str, Any]]:
    for model, own in images.groupby("model", sort=False):
        for name, group in GROUPS.items():
            head = {"model": model, "group": name, "metric": "matched_difference"}
            rows = [head | row for row in _compared(own.reset_index(drop=True), group, seed)]
            yield from sorted(rows, key=lambda row: -np.nan_to_num(abs(row["deviations"])))


def _compared(images: pd.DataFrame, group: Group, seed: int) -> Iterator[dict[str, Any]]:
    chosen, others = group.choose(images)
    labels = pd.factorize(images["label"])[0]
    draw = np.array([int.from_bytes(draw_key(seed, "compared", one)) for one in images["image_id"]], dtype=np.float64)
    for quantity, values in image_quantities(images).items():
        if quantity.startswith(group.known):
            continue
        known = np.isfinite(values)
        rows = _matched(chosen & known, others & known & ~chosen, labels, draw)
        if rows is not None and np.ptp(values[np.concatenate([*rows])]) > 0:
            yield {"quantity": quantity} | _figure(values, labels, rows, group, seed)


class _Rows(NamedTuple):
    """Places of the images of a group, and of the others, sorted by class."""

    chosen: npt.NDArray[np.intp]
    others: npt.NDArray[np.intp]


def _matched(chosen: Mask, others: Mask, labels: npt.NDArray[np.int64], draw: Array) -> _Rows | None:
    """The images to compare; None if they are too few."""
    chosen = chosen & np.isin(labels, labels[others])
    first = np.flatnonzero(chosen)[np.argsort(draw[chosen], kind="stable")][:_MOST]
    places = np.flatnonzero(others & np.isin(labels, labels[first]))
    places = places[np.lexsort((draw[places], labels[places]))]
    rank = np.arange(len(places)) - np.searchsorted(labels[places], labels[places])
    kept = places[rank < _MOST_OTHERS]
    return _Rows(first, kept) if min(len(first), len(kept)) >= _FEWEST else None


def _figure(values: Array, labels: npt.NDArray[np.int64], rows: _Rows, group: Group, seed: int) -> dict[str, Any]:
    difference = _Difference(values, labels, rows)
    count = len(rows.chosen) + len(rows.others)
    value = float(difference(np.ones((1, count)))[0])
    samples = bootstrap(difference, resample_counts(count, resamples_for(count), seed))
    words = f"mean of {group.words}, minus that of {group.against} of the same class"
    spread = difference.spread()
    mean = float(values[rows.chosen].mean())
    return _widened(resampled(value, samples, len(rows.chosen), words))._asdict() | {
        "mean": mean,
        "against": mean - value,
        "others": len(rows.others),
        "deviations": value / spread if spread else float("nan"),
    }


def _widened(figure: Figure) -> Figure:
    """Percentiles of few images are too narrow: widened as Student's t is beside the normal distribution."""
    from scipy.stats import norm, t

    n = min(figure.n, 1_000)
    factor = float(t.ppf(0.975, n - 1) / norm.ppf(0.975)) * (n / (n - 1)) ** 0.5
    low, high = (figure.value + factor * (end - figure.value) for end in (figure.low, figure.high))
    return figure._replace(low=low, high=high, convention=f"{figure.convention}, widened for n as Student's t")


class _Difference:
    """Mean of a group minus that of others of the same class, for weights (b, N) of both, the group first."""

    def __init__(self, values: Array, labels: npt.NDArray[np.int64], rows: _Rows) -> None:
        self.chosen, self.others = values[rows.chosen], values[rows.others]
        classes, self.starts = np.unique(labels[rows.others], return_index=True)
        self.own = np.searchsorted(classes, labels[rows.chosen])
        self.sizes = np.diff([*self.starts, len(self.others)])

    def __call__(self, weights: Array) -> Array:
        mine, theirs = np.split(weights, [len(self.chosen)], axis=1)
        with np.errstate(invalid="ignore", divide="ignore"):
            total = np.add.reduceat(theirs * self.others, self.starts, axis=1)
            mean = total / np.add.reduceat(theirs, self.starts, axis=1)  # NaN where no other of the class is drawn
            apart = self.chosen - mean[:, self.own]
            taken = np.where(np.isfinite(apart), mine, 0)
            found: Array = np.sum(taken * np.nan_to_num(apart), axis=1) / taken.sum(axis=1)
        return found

    def spread(self) -> float:
        """Standard deviation of the others within their classes."""
        means = np.add.reduceat(self.others, self.starts) / self.sizes
        inside = self.others - np.repeat(means, self.sizes)
        return float(np.sqrt(np.mean(inside**2)))
