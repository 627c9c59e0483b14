"""From the outcomes of exchanges to figures with intervals, paired by one bootstrap over images."""

from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd
import torch
from torch import Tensor, nn

from benchmarks.global_statistics.depths import PIXELS
from benchmarks.global_statistics.outcomes import ANY, OTHER, SAME, SwapOutcomes, swap_outcomes
from benchmarks.metrics import bootstrap, resample_counts, resamples_for, wilson
from benchmarks.summary.figures import FIGURE, Figure, resampled, tidy

__all__ = ["ALL", "RELIANCE", "reliance_table", "statistics_reliance"]

RELIANCE = ["depth", "share", "metric", "pairs", *FIGURE]

ALL = "all"
"""In place of a depth: the mean over the depths inside of the network."""

_DIFFERENCE = "difference"
_NOTHING = Figure(
    *(float("nan"), float("nan"), float("nan"), 0),
    "no convolution gives maps of more than one position: only pixels exchange statistics",
)
_PARTNERS = {ANY: "any other image", OTHER: "an image of another class", SAME: "another image of the same class"}

Array = npt.NDArray[np.float64]


class _Line(NamedTuple):
    """A figure before it is averaged: its values at every depth for every image, (D, N), NaN where it has none."""

    metric: str
    pairs: str
    values: Array
    what: str

    @property
    def signed(self) -> bool:
        """Whether it can be below zero."""
        return self.metric == "accuracy_drop" or self.pairs == _DIFFERENCE


def statistics_reliance(
    classifier: nn.Module,
    images: Tensor,
    labels: Sequence[int],
    *,
    draws: int = 3,
    seed: int = 0,
    batch_size: int = 64,
    device: torch.device | str = "cpu",
    on_images: Callable[[int], None] = lambda _: None,
) -> pd.DataFrame:
    """How much a classifier leans on per-channel statistics: what their exchange between images does to its answers.

    Args:
        classifier: (N, 3, H, W) pixels to (N, K) logits.
        images: (N, 3, H, W) uint8, at least two.
        labels: N classes.
        draws: partners of each kind for every image.
        seed: of the draws and the bootstrap.
        batch_size: images a forward pass.
        device: where the classifier runs.
        on_images: called with numbers of images that are answered.

    Returns:
        Columns :data:`RELIANCE`; see :func:`reliance_table`.
    """
    outcomes = swap_outcomes(
        classifier,
        images,
        labels,
        draws=draws,
        seed=seed,
        batch_size=batch_size,
        device=device,
        on_images=on_images,
    )
    return reliance_table(outcomes, seed=seed)


def reliance_table(outcomes: SwapOutcomes, *, seed: int) -> pd.DataFrame:
    """Average outcomes over images.

    ``accuracy_drop`` and ``flip_rate`` come for partners of any, of another and of the same class, and as the
    difference of the latter two on the same images: exchange within a class is the control for mere damage.
    ``takeover_rate`` is the share of exchanges between images of different answers that hand over the answer. All are
    fractions. The depth :data:`ALL` is the mean over the depths of the network, without pixels.

    Args:
        outcomes: of :func:`benchmarks.global_statistics.outcomes.swap_outcomes`.
        seed: of the bootstrap.
    """
    lines, draws = list(_lines(outcomes)), len(outcomes.answers[0])
    counts = resample_counts(len(outcomes.labels), resamples_for(len(outcomes.labels)), seed)
    inside = [place for place, depth in enumerate(outcomes.depths) if depth.name != PIXELS]
    groups = [(depth.name, depth.share, [place]) for place, depth in enumerate(outcomes.depths)]
    rows = []
    for name, share, places in [*groups, *([(ALL, float("nan"), inside)] if inside else [])]:
        how = f"mean over {draws} partners for each image" + (f" and {len(places)} depths" if name == ALL else "")
        for line, figure in zip(lines, _figures(lines, places, counts, how), strict=True):
            rows.append({"depth": name, "share": share, "metric": line.metric, "pairs": line.pairs} | figure._asdict())
    if not inside:
        rows.append({"depth": ALL, "share": float("nan"), "metric": "flip_rate", "pairs": ANY} | _NOTHING._asdict())
    return tidy(rows, RELIANCE)


def _lines(outcomes: SwapOutcomes) -> Iterator[_Line]:
    right = outcomes.right.astype(float)
    drops = {pairs: right - outcomes.correct(pairs) for pairs in _PARTNERS}
    flips = {pairs: outcomes.flipped(pairs) for pairs in _PARTNERS}
    for metric, values, said in (
        ("accuracy_drop", drops, "accuracy without exchange minus accuracy"),
        ("flip_rate", flips, "share of predictions that change"),
    ):
        for pairs, partner in _PARTNERS.items():
            yield _Line(metric, pairs, values[pairs], f"{said} with the channel statistics of {partner}")
        between = f"{_PARTNERS[OTHER]} minus {_PARTNERS[SAME]}, same images"
        yield _Line(metric, _DIFFERENCE, values[OTHER] - values[SAME], f"{said}: {between}")
    said = "answer of the partner taken over, partners of another class and another answer"
    yield _Line("takeover_rate", OTHER, outcomes.taken_over(), said)


def _figures(
    lines: Sequence[_Line], places: Sequence[int], counts: npt.NDArray[np.uint8], how: str
) -> Iterator[Figure]:
    """Means over images and some depths with intervals; the same resamples for all lines."""
    values = np.stack([line.values[list(places)].mean(axis=0) for line in lines])  # (M, N)
    there = ~np.isnan(values)
    filled = np.where(there, values, 0.0)

    def means(weights: Array) -> Array:
        with np.errstate(invalid="ignore", divide="ignore"):
            return np.asarray((weights @ filled.T) / (weights @ there.T))

    whole, samples = means(np.ones((1, values.shape[1])))[0], bootstrap(means, counts)
    for place, line in enumerate(lines):
        n = int(there[place].sum())
        figure = resampled(float(whole[place]), samples[:, place], n, f"{line.what}; {how}")
        unseen = n > 0 and not filled[place].any()
        yield _never_seen(figure, signed=line.signed) if unseen else figure


def _never_seen(figure: Figure, *, signed: bool) -> Figure:
    """Resamples of nothing are nothing: what was not seen may still be there."""
    seldom = float(wilson(0, figure.n)[1])
    said = f"{figure.convention.split('; bootstrap')[0]}; no change seen, Wilson 95 % for images with one"
    return figure._replace(low=-seldom if signed else 0.0, high=seldom, convention=said)
