"""Models against each other, image by image: differences of their errors, and how sure their order is."""

from collections.abc import Iterator, Sequence
from itertools import combinations
from typing import Any

import numpy as np
import numpy.typing as npt

from benchmarks.metrics import wilson
from benchmarks.summary.figures import FIGURE, resampled
from benchmarks.summary.shared import Measure

__all__ = ["DIFFERENCES", "RANKED", "RANKS", "difference_rows", "fractional_ranks", "rank_rows"]

DIFFERENCES = ["model", "other", "condition_name", "metric", *FIGURE[:4], "unit", "convention"]
RANKS = ["model", "metric", "rank", *FIGURE]

RANKED = ("error", "mean_corruption_error", "mCE")
"""Metrics by which models are put in order."""

_EACH_PAIR = 6  # models up to which every pair is compared; beyond, each is held against the best

Array = npt.NDArray[np.float64]


def difference_rows(models: Sequence[str], measures: Sequence[Measure]) -> Iterator[dict[str, Any]]:
    """Rows of the table ``differences``: error of ``model`` minus error of ``other``, on the same images.

    Of up to six models every pair is compared, of more each with the best. The one of more errors comes first, by
    mean corruption error, and where that is equal or not there by the other measures in turn.

    Args:
        models: names.
        measures: of :func:`benchmarks.summary.shared.shared_measures`.
    """
    if not measures:
        return
    leading = sorted(measures, key=lambda one: one.metric != "mean_corruption_error")  # stable
    order = sorted(range(len(models)), key=lambda place: [-one.values[place] for one in leading])
    pairs = list(combinations(order, 2)) if len(models) <= _EACH_PAIR else [(one, order[-1]) for one in order[:-1]]
    for worse, better in pairs:
        for measure in measures:
            value = float(measure.values[worse] - measure.values[better])
            note = f"difference, {measure.counted}, paired by image, not corrected for the number of comparisons"
            figure = resampled(value, measure.samples[worse] - measure.samples[better], measure.n, note)
            yield {
                "model": models[worse],
                "other": models[better],
                "condition_name": measure.condition_name,
                "metric": measure.metric,
                "unit": measure.unit,
                **figure._asdict(),
            }


def rank_rows(models: Sequence[str], measures: Sequence[Measure]) -> Iterator[dict[str, Any]]:
    """Rows of the table ``ranks``: in which share of the resamples a model takes which rank.

    Rank 1 has the fewest errors. Models of equal error share the ranks that they take together. Metric ``<name>`` with
    rank 0 is the rank on the images as they are, with its interval; other rows are shares, whose interval only says
    how many resamples there were.

    Args:
        models: names.
        measures: of :func:`benchmarks.summary.shared.shared_measures`.
    """
    for measure in measures:
        if measure.metric in RANKED:
            shares = _rank_shares(measure.samples)
            ranks = fractional_ranks(measure.values[:, None])[:, 0]
            drawn = fractional_ranks(measure.samples)
            for place, model in enumerate(models):
                head = {"model": model, "metric": measure.metric}
                note = f"rank of {len(models)}, 1 has the fewest errors; {measure.counted}, paired by image"
                yield {**head, "rank": 0} | resampled(float(ranks[place]), drawn[place], measure.n, note)._asdict()
                yield from (
                    {**head, **row, "n": measure.n}
                    for row in _share_rows(shares[place], measure.samples.shape[1], measure.counted)
                )


def fractional_ranks(errors: Array) -> Array:
    """(M, B) errors to ranks of each column; equal ones get the mean of their ranks.

    Example:
        >>> fractional_ranks(np.array([[0.2], [0.1], [0.2]]))[:, 0].tolist()
        [2.5, 1.0, 2.5]
    """
    below = (errors[:, None] > errors[None]).sum(axis=1)
    equal = (errors[:, None] == errors[None]).sum(axis=1)
    ranks: Array = np.where(np.isnan(errors), np.nan, below + (equal + 1) / 2)
    return ranks


def _rank_shares(samples: Array) -> Array:
    """(M, M) share of the resamples in which each model takes each rank; undefined resamples are left out."""
    defined = samples[:, ~np.isnan(samples).any(axis=0)]
    below = (defined[:, None] > defined[None]).sum(axis=1)
    equal = (defined[:, None] == defined[None]).sum(axis=1)
    places = np.arange(len(samples))
    taken = (places[:, None, None] >= below[None]) & (places[:, None, None] < (below + equal)[None])
    shares: Array = (taken / equal[None]).mean(axis=2).T
    return shares


def _share_rows(shares: Array, resamples: int, counted: str) -> Iterator[dict[str, Any]]:
    lows, highs = wilson(shares * resamples, np.full_like(shares, resamples))
    for place, share in enumerate(shares):
        yield {
            "rank": place + 1,
            "value": float(share),
            "low": float(lows[place]),
            "high": float(highs[place]),
            "convention": f"share of {resamples} resamples of the images with this rank; {counted}; Wilson 95 %",
        }
