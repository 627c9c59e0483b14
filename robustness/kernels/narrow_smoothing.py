"""Convolution with a narrow Gaussian: the values at the same distance from the centre are added, then weighted."""

from functools import lru_cache
from typing import Any

import numpy as np
import torch

from robustness.corruptions.smoothing import WEIGHT_UNIT, gaussian_taps, sources
from robustness.kernels.jit import compiled

__all__ = ["NarrowSmoothing"]

_TOGETHER = 4  # distances in one pass over a row
_UNIT = WEIGHT_UNIT


class NarrowSmoothing:
    """Smooths fields of one size, one after another; for Gaussians that end within twenty pixels.

    Args:
        height: of the fields.
        width: of the fields.
        sigma: standard deviation in pixels, above 0.
        truncate: the Gaussian ends after this many standard deviations.
        border: ``"reflect"`` or ``"nearest"``.
    """

    def __init__(self, height: int, width: int, sigma: float, truncate: float, border: str) -> None:
        self._plan = _plan(height, width, sigma, truncate, border)
        # PyTorch's arrays start at a cache line, NumPy's need not, which takes up to a fifth longer.
        self._between = torch.empty(height * width, dtype=torch.float64).numpy()
        self._padded = torch.empty(len(self._plan[2]), dtype=torch.float64).numpy()

    def __call__(self, field: Any) -> None:
        """Smooth one field in place: (H, W) float64 of whole numbers below 2^26."""
        _smooth(field, self._plan, self._between, self._padded)


@lru_cache(maxsize=64)
def _plan(height: int, width: int, sigma: float, truncate: float, border: str) -> tuple[Any, Any, Any]:
    """The weights and the borders.

    Returns:
        (1 + R,) float64 weights by distance from the centre, R rounded up to a multiple of four with weights
        of 0; (H + 2 R,) and (W + 2 R,) int64, where the values of a padded column and row come from.
    """
    taps = gaussian_taps(sigma, truncate).numpy()
    radius = len(taps) // 2
    padded = -(-radius // _TOGETHER) * _TOGETHER
    weights = np.zeros(1 + padded)
    weights[: radius + 1] = taps[radius:]
    return weights, sources(height, padded, border).numpy(), sources(width, padded, border).numpy()


@compiled
def _smooth(field: Any, plan: Any, between: Any, padded: Any) -> None:
    weights, rows, columns = plan
    height, width = field.shape
    radius = weights.size - 1
    before, after = np.empty(radius + 1, np.int64), np.empty(radius + 1, np.int64)
    for y in range(height):
        for x in range(width):
            between[y * width + x] = field[y, x]
    for y in range(height):
        for distance in range(radius + 1):
            before[distance] = rows[y + radius - distance] * width
            after[distance] = rows[y + radius + distance] * width
        _convolve(between, before, after, weights, field[y])
    for distance in range(radius + 1):
        before[distance], after[distance] = radius - distance, radius + distance
    inner = padded[radius : radius + width]
    for y in range(height):
        row = field[y]
        for x in range(width):
            inner[x] = row[x]
        for x in range(radius):
            padded[x], padded[radius + width + x] = row[columns[x]], row[columns[radius + width + x]]
        _convolve(padded, before, after, weights, row)


@compiled
def _convolve(values: Any, before: Any, after: Any, weights: Any, out: Any) -> None:
    """Add up the weighted values on both sides of the centre; the second and third tell where, by distance."""
    size = out.size
    centre, weight = values[before[0] : before[0] + size], weights[0]
    for x in range(size):
        out[x] = centre[x] * weight
    for near in range(1, weights.size, 4):
        a, b = values[before[near] : before[near] + size], values[after[near] : after[near] + size]
        c, d = values[before[near + 1] : before[near + 1] + size], values[after[near + 1] : after[near + 1] + size]
        e, f = values[before[near + 2] : before[near + 2] + size], values[after[near + 2] : after[near + 2] + size]
        g, h = values[before[near + 3] : before[near + 3] + size], values[after[near + 3] : after[near + 3] + size]
        first, second, third, fourth = weights[near], weights[near + 1], weights[near + 2], weights[near + 3]
        for x in range(size):
            out[x] += (a[x] + b[x]) * first + (c[x] + d[x]) * second + (e[x] + f[x]) * third + (g[x] + h[x]) * fourth
    for x in range(size):
        out[x] = np.rint(out[x] * _UNIT)
