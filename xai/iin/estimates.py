"""Figures with 95 % intervals from one bootstrap over images, by which every figure of this package is judged.

Reference:
    Efron and Tibshirani, An Introduction to the Bootstrap, 1993, chapter 13 (percentile intervals).
"""

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

__all__ = ["Estimate", "bootstrap"]

_CHUNK = 2_000_000  # weights in memory at once, 16 MB


@dataclass(frozen=True, kw_only=True)
class Estimate:
    """A figure and how far to trust it.

    Attributes:
        value: of all images.
        low: 2.5 % percentile over resampled images, or the value itself where that is lower.
        high: 97.5 % percentile, or the value itself where that is higher.
        n: number of images.
        convention: what the figure means and what the interval is over, in words.
    """

    value: float
    low: float
    high: float
    n: int
    convention: str


def bootstrap(
    statistic: Callable[[Tensor], Tensor], n: int, *, convention: str, resamples: int = 1000, seed: int = 0
) -> tuple[Estimate, ...]:
    """Judge figures by drawing the images again, with replacement.

    Args:
        statistic: (B, N) float64 weights, how often each image is taken, to (B, M) figures; NaN where a resample leaves
            a figure undefined, and left out then.
        n: number of images.
        convention: of the figures.
        resamples: how many.
        seed: of the draws; figures of the same images and seed are paired.

    Returns:
        M figures; NaN ends where all resamples are undefined.

    Example:
        >>> marks = torch.tensor([[1.0], [2.0], [3.0]], dtype=torch.float64)
        >>> figure, = bootstrap(lambda w: w @ marks / w.sum(1, keepdim=True), 3, convention="mean mark")
        >>> figure.value, 1 <= figure.low < 2 < figure.high <= 3
        (2.0, True)
    """
    if n < 1:
        raise ValueError(f"expected at least one image to judge by, got {n}")
    values = statistic(torch.ones(1, n, dtype=torch.float64))[0]
    generator = torch.Generator().manual_seed(seed)
    step, parts = max(1, _CHUNK // n), []
    for start in range(0, resamples, step):
        count = min(step, resamples - start)
        taken = torch.randint(n, (count, n), generator=generator)
        ones = torch.ones(taken.shape, dtype=torch.float64)
        parts.append(statistic(torch.zeros_like(ones).scatter_add_(1, taken, ones)))
    low, high = torch.cat(parts).double().nanquantile(torch.tensor([0.025, 0.975], dtype=torch.float64), dim=0)
    return tuple(
        Estimate(value=value, low=min(ends[0], value), high=max(ends[1], value), n=n, convention=convention)
        for value, ends in zip(values.tolist(), zip(low.tolist(), high.tolist(), strict=True), strict=True)
    )
