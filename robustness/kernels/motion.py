"""Motion blur on a CPU: the weighted pixels along the line, four at once, over bands that stay in the cache."""

import math
from typing import Any

import numpy as np
import torch
from torch import Tensor

from robustness.corruptions.motion import WEIGHT_BITS, half_gaussian, taps_along
from robustness.kernels.draws import stream_state, word
from robustness.kernels.jit import compiled, inlined

__all__ = ["motion_blur", "motion_blur_levels"]

_BAND = 2048  # pixels, margins included
_AT_ONCE = 4  # taps, as many as the kernel names


def motion_blur(images: Tensor, constant: tuple[float, float], keys: Tensor) -> Tensor:
    """Do as :func:`robustness.corruptions.motion.motion_blur` does."""
    shares = np.empty(len(keys))
    _first_uniforms(keys.numpy(), shares)
    return motion_blur_levels(images, *constant, torch.from_numpy(shares * 90 - 45))


def motion_blur_levels(images: Tensor, radius: float, sigma: float, angles: Tensor) -> Tensor:
    """Do as :func:`robustness.corruptions.motion.motion_blur_levels` does."""
    weights = half_gaussian(radius, sigma)
    out = torch.empty_like(images)
    for target, image, angle in zip(out.numpy(), images.numpy(), angles.tolist(), strict=True):
        _smear(image, *_table(weights, math.radians(angle)), target)
    return out


def _table(weights: list[int], angle: float) -> tuple[Any, tuple[int, int, int, int]]:
    """(K, 3) int32 row, column and weight of each tap, and how far they reach: up, down, left, right.

    K is a multiple of 4: taps of weight 0 fill it up.
    """
    taps = [(row, column, weight) for (row, column), weight in taps_along(weights, angle).items() if weight]
    taps += [(0, 0, 0)] * (-len(taps) % _AT_ONCE)
    rows, columns, _ = zip(*taps, strict=True)  # among them (0, 0), so that no reach is negative
    return np.array(taps, np.int32), (-min(rows), max(rows), -min(columns), max(columns))


@compiled
def _first_uniforms(keys: Any, out: Any) -> None:
    for image in range(out.size):
        low, high = stream_state(keys[image], 0)
        out[image] = np.float64(word(low, high, 0) >> np.uint32(8)) * 2.0**-24


@compiled
def _smear(image: Any, taps: Any, margins: Any, out: Any) -> None:
    _, height, width = image.shape
    top, bottom, left, right = margins
    pitch = left + width + right
    padded = np.empty((top + height + bottom) * pitch, np.uint8)
    band = max(_BAND // pitch, 1)
    total = np.empty(band * pitch, np.int32)
    for channel in range(image.shape[0]):
        for y in range(top + height + bottom):
            row = image[channel, min(max(y - top, 0), height - 1)]
            _repeat_ends(row, left, padded[y * pitch : (y + 1) * pitch])
        for first in range(0, height, band):
            lines = min(band, height - first)
            part = total[: lines * pitch - left - right]
            part[:] = 0
            for tap in range(0, taps.shape[0], 4):
                _add_taps(padded, (top + first) * pitch + left, pitch, taps[tap : tap + 4], part)
            for y in range(lines):
                _round_down(part[y * pitch :], out[channel, first + y])


@compiled
def _repeat_ends(row: Any, left: Any, line: Any) -> None:
    for place in range(left):
        line[place] = row[0]
    middle = line[left:]
    for place in range(row.size):
        middle[place] = row[place]
    for place in range(left + row.size, line.size):
        line[place] = row[row.size - 1]


@compiled
def _add_taps(padded: Any, origin: Any, pitch: Any, taps: Any, total: Any) -> None:
    weight0, weight1, weight2, weight3 = taps[0, 2], taps[1, 2], taps[2, 2], taps[3, 2]
    levels0 = _displaced(padded, origin, pitch, taps[0])
    levels1 = _displaced(padded, origin, pitch, taps[1])
    levels2 = _displaced(padded, origin, pitch, taps[2])
    levels3 = _displaced(padded, origin, pitch, taps[3])
    for place in range(total.size):
        first = weight0 * np.int32(levels0[place]) + weight1 * np.int32(levels1[place])
        second = weight2 * np.int32(levels2[place]) + weight3 * np.int32(levels3[place])
        total[place] += first + second


@inlined
def _displaced(padded: Any, origin: Any, pitch: Any, tap: Any) -> Any:
    return padded[origin + tap[0] * pitch + tap[1] :]


@compiled
def _round_down(total: Any, out: Any) -> None:
    for place in range(out.size):
        out[place] = np.uint8(total[place] >> np.int32(WEIGHT_BITS))
