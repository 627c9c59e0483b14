"""Every figure of a comparison as values and resamples for each recipe, on the same draws of images."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from benchmarks.augmentation.measuring import Measured
from benchmarks.augmentation.outcomes import Outcomes
from benchmarks.augmentation.resampling import Draws, Sampled
from benchmarks.metrics import TEST_CORRUPTIONS
from benchmarks.metrics.calibration import BINS, equal_width_bins
from benchmarks.metrics.selective import Curve, curve_augrc, curve_auroc

__all__ = ["GROUPS", "STATISTICS_CORRUPTIONS", "Key", "Recorded", "accuracy_metrics", "confidence_metrics",
           "measured_metrics"]  # fmt: skip

Array = npt.NDArray[np.float64]

GROUPS: dict[str, tuple[str, ...]] = {
    "noise": TEST_CORRUPTIONS[:3],
    "blur": TEST_CORRUPTIONS[3:7],
    "weather": TEST_CORRUPTIONS[7:11],
    "digital": TEST_CORRUPTIONS[11:],
}
"""Corruptions by group, as Hendrycks and Dietterich (ICLR 2019, section 4.1) sort them; brightness is weather."""

STATISTICS_CORRUPTIONS = ("contrast", "brightness", "fog")
"""The corruptions that change global statistics and little else."""

_STEPS = 1000  # in which a confidence is resampled


class Key(NamedTuple):
    """What a figure is: a metric, and of what."""

    metric: str
    group: str


@dataclass(frozen=True, kw_only=True)
class Recorded:
    """Outcomes with the draws that all intervals share, and how corrupted images came about."""

    outcomes: Outcomes
    draws: Draws
    origin: str

    def sampled(self, values: Array, convention: str) -> list[Sampled]:
        """One for each recipe: the mean over images of (R, S, N) outcomes."""
        return _means(values, np.arange(values.shape[-1]), self.draws, convention)


def _means(values: Array, places: npt.NDArray[np.intp], draws: Draws, convention: str) -> list[Sampled]:
    """Means over images (R, S, M) that lie at ``places`` among those drawn; NaN where an image has no outcome."""
    weights = draws.images[:, places].astype(np.float64)
    there = ~np.isnan(values)
    filled = np.where(there, values, 0.0)
    with np.errstate(invalid="ignore", divide="ignore"):
        samples = (filled @ weights.T) / (there.astype(np.float64) @ weights.T)
        means = filled.sum(axis=-1) / there.sum(axis=-1)
    n = int(there.any(axis=(0, 1)).sum())
    return [
        Sampled(values=row, samples=resampled, n=n, convention=convention)
        for row, resampled in zip(means, samples, strict=True)
    ]


def accuracy_metrics(recorded: Recorded) -> Iterator[tuple[Key, list[Sampled]]]:
    """Clean error, mean corruption error, and means by group and corruption."""
    outcomes = recorded.outcomes
    if outcomes.clean is not None:
        clean = outcomes.wrong[:, :, outcomes.clean].astype(np.float64)
        yield Key("error", "clean"), recorded.sampled(clean, "clean images, top-1")
    severities = len({one.severity for one in outcomes.conditions if one.severity})
    names = outcomes.corruptions
    how = f"unnormalised mean over {{}} x {severities} severities, {recorded.origin}"
    yield Key("mean_corruption_error", "all"), _mean_error(recorded, names, how.format(f"{len(names)} corruptions"))
    named = {group: [one for one in members if one in names] for group, members in GROUPS.items()}
    named["contrast, brightness, fog"] = [one for one in STATISTICS_CORRUPTIONS if one in names]
    named["all others"] = [one for one in names if one not in STATISTICS_CORRUPTIONS]
    for group, members in named.items():
        if members:
            yield Key("mean_error", group), _mean_error(recorded, members, how.format(", ".join(members)))
    for name in names:
        yield Key("mean_error", name), _mean_error(recorded, [name], how.format(name))


def _mean_error(recorded: Recorded, names: Sequence[str], convention: str) -> list[Sampled]:
    places = recorded.outcomes.places(names)
    return recorded.sampled(recorded.outcomes.wrong[:, :, places].mean(axis=2, dtype=np.float64), convention)


def confidence_metrics(recorded: Recorded) -> Iterator[tuple[Key, list[Sampled]]]:
    """Calibration and error detection, on clean images and over all corrupted ones."""
    outcomes = recorded.outcomes
    groups = {"clean": [] if outcomes.clean is None else [outcomes.clean], "corrupted": outcomes.places()}
    notes = {
        "ece": "top label, 15 equal-width bins",
        "auroc": f"max softmax in at most {_STEPS} steps, right answers positive",
        "augrc": f"max softmax in at most {_STEPS} steps, fd-shifts convention, not times 1000",
    }
    for group, places in groups.items():
        if not places:
            continue
        figures = [
            [_confidence(outcomes.wrong[r, s, places], outcomes.confidence[r, s, places], recorded.draws.images)
             for s in range(outcomes.wrong.shape[1])]
            for r in range(outcomes.wrong.shape[0])
        ]  # fmt: skip
        for place, (metric, note) in enumerate(notes.items()):
            yield (
                Key(metric, group),
                [
                    Sampled(
                        values=np.array([one[place, 0] for one in row]),
                        samples=np.array([one[place, 1:] for one in row]),
                        n=len(outcomes.ids),
                        convention=f"{group} images, {note}",
                    )
                    for row in figures
                ],
            )


def _confidence(
    wrong: npt.NDArray[np.float32], confidence: npt.NDArray[np.float32], counts: npt.NDArray[np.uint8]
) -> Array:
    """ECE, AUROC and AUGRC (3, 1 + B), on all images first, then on resamples, of (C, N) answers.

    Answers of an image are taken together. Confidences are sorted into steps of equal size, so that a resample is a
    sum over images of what lies in each step.
    """
    flat = -confidence.ravel()  # most confident first
    order = np.sort(flat)
    edges = np.unique(order[np.linspace(0, len(order) - 1, min(_STEPS, len(order))).round().astype(int)])
    steps = np.searchsorted(edges, flat, side="left").reshape(confidence.shape)
    weights = np.concatenate([np.ones((1, confidence.shape[1])), counts]).astype(np.float32)
    failed = np.cumsum(weights @ _tally(steps, wrong, len(edges)), axis=1, dtype=np.float64)
    kept = np.cumsum(weights @ _tally(steps, np.ones_like(wrong), len(edges)), axis=1, dtype=np.float64)
    start = np.zeros((len(weights), 1))
    points = Curve(kept=np.hstack([start, kept]), failed=np.hstack([start, failed]))
    bins = equal_width_bins(confidence.ravel().astype(np.float64)).reshape(confidence.shape)
    gaps = weights @ _tally(bins, 1 - wrong - confidence, BINS)
    ece = np.abs(gaps).sum(axis=1) / kept[:, -1]
    return np.stack([ece, curve_auroc(points), curve_augrc(points)])


def _tally(steps: npt.NDArray[np.intp], values: npt.NDArray[np.float32], count: int) -> npt.NDArray[np.float32]:
    """Sum (C, N) values by image and step: (N, ``count``)."""
    images = steps.shape[1]
    flat = (np.arange(images) * count + steps).ravel()
    return np.bincount(flat, weights=values.ravel(), minlength=images * count).reshape(images, count).astype(np.float32)


def measured_metrics(
    measured: Sequence[Sequence[Measured]], recorded: Recorded, *, attack: str
) -> Iterator[tuple[Key, list[Sampled]]]:
    """Accuracy under attack, and reliance on statistics by depth and on average.

    Args:
        measured: R x S networks.
        recorded: whose draws are used; images that it leaves out are left out here.
        attack: in words.
    """
    place = {one: number for number, one in enumerate(recorded.outcomes.ids)}
    ids = [one for one in measured[0][0].attacked["image_id"] if one in place]
    right = _stacked([[one.attacked.set_index("image_id")["right"] for one in row] for row in measured], ids)
    places = np.array([place[one] for one in ids], dtype=np.intp)
    yield Key("accuracy_under_attack", "clean"), _means(right, places, recorded.draws, attack)
    yield from _reliance(measured, place, recorded.draws)


_EXCHANGES = {
    "flipped": ("statistics_flip_rate", "answers that change with the statistics of another image"),
    "taken_over": ("statistics_takeover_rate", "exchanges that hand over the partner's answer, where it differs"),
}


def _reliance(
    measured: Sequence[Sequence[Measured]], place: Mapping[str, int], draws: Draws
) -> Iterator[tuple[Key, list[Sampled]]]:
    frame = measured[0][0].exchanged
    depths = list(frame["depth"].drop_duplicates())
    ids = [one for one in frame.loc[frame["depth"] == depths[0], "image_id"] if one in place]
    places = np.array([place[one] for one in ids], dtype=np.intp)
    for column, (metric, what) in _EXCHANGES.items():
        by_depth = {
            depth: _stacked(
                [
                    [one.exchanged[one.exchanged["depth"] == depth].set_index("image_id")[column] for one in row]
                    for row in measured
                ],
                ids,
            )
            for depth in depths
        }
        for depth, values in by_depth.items():
            yield Key(metric, depth), _means(values, places, draws, f"{what}, at {depth}")


def _stacked(columns: Sequence[Sequence["object"]], ids: Sequence[str]) -> Array:
    """(R, S, M) values of the images ``ids`` from R x S series by image id."""
    return np.array([[series.loc[ids].to_numpy(np.float64) for series in row] for row in columns])  # type: ignore[attr-defined]
