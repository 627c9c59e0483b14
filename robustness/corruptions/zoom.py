"""Zoom blur: the mean of a photo and of its linear enlargements.

The function takes (N, 3, H, W) uint8 images, its constant of one severity and (N,) int64 keys, and returns
new uint8 images. Zoom factors are shares of the image, so other sizes use them as they stand; an image that
is not square is cropped by the same factor along both sides (the original takes squares only).

All sums are of integers: weights are multiples of 2^-13, and what is rounded on the way is rounded for each
pixel alone, so that no batch, thread or device can change a pixel. Flat parts keep their level.
"""

import math
from functools import lru_cache
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from robustness.corruptions.blur import cache_sized

__all__ = [
    "ROW_BITS",
    "SUM_BITS",
    "WEIGHT_BITS",
    "Samples",
    "axis_samples",
    "crop_positions",
    "crop_side",
    "zoom_blur",
    "zoom_factors",
]

# Bits of fractions: of a weight, of a level enlarged along its row, and of sums of up to 32 levels, which have
# to stay below 2^31.
WEIGHT_BITS, ROW_BITS, SUM_BITS = 13, 10, 18


def zoom_blur(images: Tensor, constant: tuple[float, float], _keys: Tensor) -> Tensor:
    """A camera that moves towards the scene: average the image with its enlargements.

    Args:
        images: (N, 3, H, W) uint8.
        constant: end (exclusive) and step of the zoom factors, which start at 1; 31 factors at most.

    Returns:
        (N, 3, H, W) uint8.

    Reference:
        Hendrycks and Dietterich, ICLR 2019, section 4.1, https://arxiv.org/abs/1903.12261
    """
    factors = zoom_factors(*constant)
    rows, columns = (axis_samples(side, factors) for side in images.shape[2:])
    return torch.cat([_mean(part, rows, columns) for part in cache_sized(images)])


def zoom_factors(end: float, step: float) -> tuple[float, ...]:
    """The factors above 1; the original's own call, whose rounding decides on their number and on crop sizes."""
    return tuple(np.arange(1, end, step).tolist()[1:])


class Samples(NamedTuple):
    """Where each of S outputs lies between two inputs of its axis, for each of n factors.

    It weighs input ``places`` (n, S) int64 with 2^13 - ``weights`` (n, S) int32, and the next with ``weights``.
    """

    places: Tensor
    weights: Tensor


@lru_cache(maxsize=32)
def axis_samples(size: int, factors: tuple[float, ...]) -> Samples:
    """Sample an axis at the positions of its enlarged, trimmed centre crops.

    Args:
        size: S, pixels.
        factors: above 1.
    """
    positions = [(size - crop_side(size, factor)) // 2 + crop_positions(size, factor) for factor in factors]
    position = torch.stack(positions)
    places = position.long()
    return Samples(places, ((position - places) * 2**WEIGHT_BITS).round().to(torch.int32))


def _mean(images: Tensor, rows: Samples, columns: Samples) -> Tensor:
    levels = images.to(torch.int32)
    total = levels << (SUM_BITS + 1)  # the image itself, and its first enlargement, by 1
    for row_places, row_weights, column_places, column_weights in zip(*rows, *columns, strict=True):
        # Adding half of what is dropped rounds to the nearest.
        wide = _between(levels, 3, column_places, column_weights)
        wide = (wide + (1 << (WEIGHT_BITS - ROW_BITS - 1))) >> (WEIGHT_BITS - ROW_BITS)
        total += _between(wide, 2, row_places, row_weights) >> (WEIGHT_BITS + ROW_BITS - SUM_BITS)
    return (total >> SUM_BITS).div_(len(rows.places) + 2, rounding_mode="floor").to(torch.uint8)


def _between(levels: Tensor, axis: int, places: Tensor, weights: Tensor) -> Tensor:
    """Interpolate along an axis, in units of 2^-13 of those of ``levels``."""
    places, weights = places.to(levels.device), weights.to(levels.device)
    near = levels.index_select(axis, places)
    far = levels.index_select(axis, (places + 1).clamp_(max=levels.shape[axis] - 1))
    across = (-1,) + (1,) * (3 - axis)
    return far.sub_(near).mul_(weights.view(across)).add_(near, alpha=1 << WEIGHT_BITS)


def crop_side(size: int, factor: float) -> int:
    """How many pixels, enlarged by ``factor``, fill ``size`` pixels."""
    return math.ceil(size / factor)


def crop_positions(size: int, factor: float) -> Tensor:
    """(S,) float64: where in the centre crop each of ``size`` pixels of its enlarged, trimmed form is read."""
    crop = crop_side(size, factor)
    enlarged = round(crop * factor)
    trim = (enlarged - size) // 2
    return torch.arange(trim, trim + size, dtype=torch.float64) * ((crop - 1) / max(enlarged - 1, 1))
