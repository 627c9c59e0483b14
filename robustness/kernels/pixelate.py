"""Pixelate on a CPU: each row is shrunk once, and each row of large pixels is made once and copied."""

from functools import lru_cache
from typing import Any

import numpy as np
import torch
from numpy import int32
from torch import Tensor

from robustness.corruptions.digital import BOX_BITS, box_windows
from robustness.kernels.jit import compiled

__all__ = ["pixelate"]

_HALF = 1 << (BOX_BITS - 1)


def pixelate(images: Tensor, scale: float, _keys: Tensor) -> Tensor:
    """Do as :func:`robustness.corruptions.digital.pixelate` does."""
    out = torch.empty_like(images)
    height, width = images.shape[2:]
    across, down = (_plan(side, max(int(side * scale), 1)) for side in (width, height))
    planes, target = (batch.view(-1, height, width).numpy() for batch in (images, out))
    _pixelate(planes, across, down, target)
    return out


@lru_cache(maxsize=64)
def _plan(side: int, small: int) -> tuple[Any, ...]:
    """How to shrink one side and enlarge it back.

    Returns:
        The fewest pixels a window has; of each window: its first pixel, the pixels, the weight, and the
        place of their sum (see :func:`_add_means`); of each pixel: the window it shows.
    """
    starts, counts, weights = (column.numpy() for column in box_windows(side, small))
    fewest = counts.min()
    sums = (starts + side * (counts > fewest)).astype(np.uint32)
    return int(fewest), starts, counts, weights, sums, box_windows(small, side)[0].numpy().astype(np.uint32)


@compiled
def _pixelate(planes: Any, across: Any, down: Any, out: Any) -> None:
    _, starts, counts, weights, _, shown = down
    sums, total = np.empty(2 * planes.shape[2], np.int32), np.empty(across[1].size, np.int32)
    small = np.empty(total.size, np.uint8)
    for plane in range(planes.shape[0]):
        row = 0
        for window in range(starts.size):
            for x in range(total.size):
                total[x] = 0
            for y in range(starts[window], starts[window] + counts[window]):
                _add_means(planes[plane, y], across, sums, total)
            for x in range(total.size):
                small[x] = np.uint8(int32(total[x] * weights[window] + _HALF) >> int32(BOX_BITS))
            made = out[plane, row]
            for x in range(made.size):
                made[x] = small[across[5][x]]
            row += 1
            while row < shown.size and shown[row] == window:
                _copy(made, out[plane, row])
                row += 1


@compiled
def _copy(levels: Any, target: Any) -> None:
    for x in range(target.size):
        target[x] = levels[x]


@compiled
def _add_means(levels: Any, across: Any, sums: Any, total: Any) -> None:
    """Average the levels of one row in each window, and add the means to ``total``."""
    fewest, _, _, weights, places, _ = across
    # Sums from every pixel on, first of the fewest pixels and then of one more, use vector instructions; those
    # of the windows alone would not.
    shorter, longer = sums[: levels.size], sums[levels.size :]
    for x in range(levels.size):
        shorter[x] = levels[x]
    for tap in range(1, fewest):
        shifted = levels[tap:]
        for x in range(shifted.size):
            shorter[x] += int32(shifted[x])
    last = levels[fewest:]
    for x in range(last.size):
        longer[x] = shorter[x] + int32(last[x])
    for x in range(total.size):
        total[x] += int32(sums[places[x]] * weights[x] + _HALF) >> int32(BOX_BITS)
