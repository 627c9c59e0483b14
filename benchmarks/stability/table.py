"""From the stability of every image to a table of figures with intervals, paired by one bootstrap."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from benchmarks.metrics import (
    bootstrap,
    flip_rates,
    mean_flip_rate,
    mean_top5_rate,
    resample_counts,
    resamples_for,
    top5_rates,
    wilson,
)
from benchmarks.summary.figures import FIGURE, resampled, tidy
from robustness.perturbations import CIFAR_TEST_PERTURBATIONS, NOISE_PERTURBATIONS, TEST_PERTURBATIONS

__all__ = ["ALL", "STABILITY", "averaged_perturbations", "stability_table"]

STABILITY = ["model", "perturbation", "metric", *FIGURE]
ALL = "all"

Array = npt.NDArray[np.float64]

# A figure with its resamples is one array (2 + B,): the figure, the most that it could be, its resampled values.
# Rates and means are linear, so that they apply to all parts alike.
_MOST_FLIPS, _MOST_MOVES = 1.0, 15.0

_PUBLISHED = "frames made here, not the published videos, which are compressed"


def averaged_perturbations(profile: str) -> tuple[str, ...]:
    """The ten that means go over: CIFAR-P has spatter where ImageNet-P has snow."""
    return CIFAR_TEST_PERTURBATIONS if profile == "cifar" else TEST_PERTURBATIONS


def stability_table(scores: Mapping[str, pd.DataFrame], *, profile: str, seed: int) -> pd.DataFrame:
    """Turn per-image scores into figures.

    Figures in percent of AlexNet's are for profile ``imagenet``; means are over all ten test perturbations, and
    absent where one is missing.

    Args:
        scores: {perturbation: rows of :func:`benchmarks.stability.score_sequences`}, all on the same images.
        profile: of the perturbations.
        seed: of the bootstrap over images, which all figures share.

    Returns:
        Columns :data:`STABILITY`; the perturbation of a mean is ``all``.
    """
    return tidy(_rows(scores, profile, seed), STABILITY)


def _rows(scores: Mapping[str, pd.DataFrame], profile: str, seed: int) -> Iterator[dict[str, Any]]:
    if not scores:
        return
    first = next(iter(scores.values()))
    ids = first["image_id"].drop_duplicates()
    counts = resample_counts(len(ids), resamples_for(len(ids)), seed)
    for model in first["model"].drop_duplicates():
        own = {name: rows[rows["model"] == model].set_index("image_id").loc[ids] for name, rows in scores.items()}
        flips = {name: _sampled(rows["flip_probability"], counts, _MOST_FLIPS) for name, rows in own.items()}
        distances = {name: _sampled(rows["top5_distance"], counts, _MOST_MOVES) for name, rows in own.items()}
        for name, rows in own.items():
            for metric, figure, note in _figures(name, flips[name], distances[name], profile):
                yield _row(model, name, metric, figure, _measured([rows]), f"{note}, {rows['frames'].iloc[0]} frames")
        n = _measured([own[name] for name in averaged_perturbations(profile) if name in own])
        for metric, figure, note in _means(flips, distances, profile):
            yield _row(model, ALL, metric, figure, n, note)


def _measured(scores: Sequence[pd.DataFrame]) -> int:
    """Images with a figure under every perturbation."""
    return int(np.logical_and.reduce([rows["flip_probability"].notna() for rows in scores]).sum())


def _row(model: str, name: str, metric: str, sampled: Array, n: int, note: str) -> dict[str, Any]:
    value, most = float(sampled[0]), float(sampled[1])
    figure = resampled(value, sampled[2:], n, note)
    if n and value == 0:  # resamples of nothing are nothing: what was not seen may still be there
        seldom = float(wilson(0, n)[1]) * most
        figure = figure._replace(high=seldom, convention=f"{note}; no change seen, Wilson 95 % for images with one")
    return {"model": model, "perturbation": name, "metric": metric} | figure._asdict()


def _sampled(scores: "pd.Series[float]", counts: npt.NDArray[np.uint8], most: float) -> Array:
    """The mean over images with a score, and the same of every resample."""
    values = scores.to_numpy()
    there = ~np.isnan(values)
    filled = np.where(there, values, 0.0)

    def mean(weights: Array) -> Array:
        with np.errstate(invalid="ignore"):
            return np.asarray((weights @ filled) / (weights @ there))

    return np.concatenate([mean(np.ones((1, len(values)))), [most], bootstrap(mean, counts)])


def _figures(name: str, flips: Array, distance: Array, profile: str) -> Iterator[tuple[str, Array, str]]:
    before = "the first frame" if name in NOISE_PERTURBATIONS else "the frame before"
    yield "flip_probability", flips, f"share of frames predicted otherwise than {before}"
    yield "top5_distance", distance, f"moves of the five best classes since {before}, at most 15"
    if profile == "imagenet":
        note = f"percent of AlexNet's; {_PUBLISHED}"
        yield "flip_rate", flip_rates({name: flips})[name], note
        yield "top5_rate", top5_rates({name: distance})[name], note


def _means(
    flips: Mapping[str, Array], distances: Mapping[str, Array], profile: str
) -> Iterator[tuple[str, Array, str]]:
    names = averaged_perturbations(profile)
    if not set(names) <= set(flips):
        return
    what = "mean over the ten test perturbations"
    for metric, rate_metric, rate, figures in (
        ("mean_flip_probability", "mFR", mean_flip_rate, flips),
        ("mean_top5_distance", "mT5D", mean_top5_rate, distances),
    ):
        yield metric, np.mean([figures[name] for name in names], axis=0), f"{what}, not normalised"
        if profile == "imagenet":
            yield rate_metric, rate(figures), f"{what}, percent of AlexNet's; {_PUBLISHED}"
