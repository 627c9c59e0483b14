"""Figures with 95 % intervals: Wilson's of plain rates, one bootstrap over images of everything else.

Reference:
    Efron and Tibshirani, An Introduction to the Bootstrap, 1993, chapter 13 (percentile intervals).
    Wilson, Probable Inference, the Law of Succession, and Statistical Inference, JASA 1927.
"""

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

__all__ = ["Estimate", "bootstrap", "rate"]

_Z95 = 1.959963984540054  # 97.5 % quantile of the standard normal
_CHUNK = 2_000_000  # weights in memory at once, 16 MB


@dataclass(frozen=True, kw_only=True)
class Estimate:
    """A figure and how far to trust it.

    Attributes:
        value: of all images.
        low: lower end of the 95 % interval: the 2.5 % percentile over resampled images, or the value itself where that
            is lower; Wilson's for rates.
        high: upper end, likewise.
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


def rate(successes: int, n: int, *, convention: str) -> Estimate:
    """A plain rate of independent images with Wilson's interval.

    Args:
        successes: images that count, in 0..n.
        n: number of images, at least one.
        convention: of the figure.

    Example:
        >>> figure = rate(9, 10, convention="share of marks")
        >>> f"{figure.value} {figure.low:.3f} {figure.high:.3f}"
        '0.9 0.596 0.982'
    """
    if n < 1 or not 0 <= successes <= n:
        raise ValueError(f"expected `successes` in 0..`n` of at least one image, got {successes} of {n}")
    value = successes / n
    scale = 1 + _Z95**2 / n
    centre = (value + _Z95**2 / (2 * n)) / scale
    spread = _Z95 * (value * (1 - value) / n + _Z95**2 / (4 * n**2)) ** 0.5 / scale
    # The ends are exactly 0 and 1 there; rounding leaves them 1e-17 off.
    low, high = (0.0 if not successes else centre - spread), (1.0 if successes == n else centre + spread)
    return Estimate(value=value, low=low, high=high, n=n, convention=f"{convention}; Wilson 95 %")
