"""Zoom blur: the mean of a photo and of its linear enlargements.

The function takes (N, 3, H, W) uint8 images, its constant of one severity and (N,) int64 keys, and returns
new uint8 images. Zoom factors are shares of the image, so other sizes use them as they stand; an image that
is not square is cropped by the same factor along both sides (the original takes squares only).

An enlargement weighs two rows and two columns for each pixel, so all of them together are two sparse
matrices, one for each axis. Sums are in single precision in a fixed order.
"""

import math
from functools import lru_cache
from typing import NamedTuple

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from robustness.corruptions.levels import truncate

__all__ = ["crop_positions", "crop_side", "zoom_blur"]

# Levels: far more than the sums round, so that whole numbers survive truncation.
_ROUND_OFF = 1e-3


def zoom_blur(images: Tensor, constant: tuple[float, float], _keys: Tensor) -> Tensor:
    """A camera that moves towards the scene: average the image with its enlargements.

    Args:
        images: (N, 3, H, W) uint8.
        constant: end (exclusive) and step of the zoom factors, which start at 1.

    Returns:
        (N, 3, H, W) uint8.

    Reference:
        Hendrycks and Dietterich, ICLR 2019, section 4.1, https://arxiv.org/abs/1903.12261
    """
    # The original's own call: its rounding decides on how many factors there are, and on sizes of crops.
    factors = tuple(np.arange(1, *constant).tolist())
    height, width = images.shape[2:]
    columns, rows = _samples(width, factors).to(images.device), _samples(height, factors).to(images.device)
    rows = _for_all_factors(rows)
    enlarged = torch.empty(len(factors), 3, height, width, device=images.device)
    out = torch.empty_like(images)
    for target, image in zip(out, images, strict=True):
        _enlarge_columns(image, columns, enlarged)
        total = _weigh(enlarged.view(-1, width), rows).view(image.shape)
        target.copy_(truncate(total.add_(image).div_(len(factors) + 1).add_(_ROUND_OFF)))
    return out


class _Samples(NamedTuple):
    """Of an axis, for each factor and output: the two inputs (n, S, 2) and their weights (n, S, 2)."""

    places: Tensor
    weights: Tensor

    def to(self, device: torch.device) -> "_Samples":
        return _Samples(self.places.to(device), self.weights.to(device))


@lru_cache(maxsize=32)
def _samples(size: int, factors: tuple[float, ...]) -> _Samples:
    positions = torch.stack([_positions(size, factor) for factor in factors])
    low = positions.floor().long()
    upper = (positions - low).float()
    places = torch.stack([low, low + 1], 2).clamp_(max=size - 1)
    return _Samples(places, torch.stack([1 - upper, upper], 2))


def _for_all_factors(samples: _Samples) -> _Samples:
    """Places and weights (3 * S, 2 * n) in a stack of the three channels of all enlargements."""
    count, size, _ = samples.places.shape
    starts = torch.arange(0, count * 3 * size, size, device=samples.places.device).view(count, 3, 1, 1)
    places = (samples.places[:, None] + starts).permute(1, 2, 0, 3).reshape(3 * size, -1)
    return _Samples(places, samples.weights.permute(1, 0, 2).reshape(size, -1).repeat(3, 1))


def crop_side(size: int, factor: float) -> int:
    """How many pixels, enlarged by ``factor``, fill ``size`` pixels."""
    return math.ceil(size / factor)


def crop_positions(size: int, factor: float) -> Tensor:
    """(S,) float64: where in the centre crop each of ``size`` pixels of its enlarged, trimmed form is read."""
    crop = crop_side(size, factor)
    enlarged = round(crop * factor)
    trim = (enlarged - size) // 2
    return torch.arange(trim, trim + size, dtype=torch.float64) * ((crop - 1) / max(enlarged - 1, 1))


def _positions(size: int, factor: float) -> Tensor:
    """(S,) float64: where on an axis each output of the enlarged, trimmed centre crop is read."""
    return (size - crop_side(size, factor)) // 2 + crop_positions(size, factor)


def _enlarge_columns(image: Tensor, columns: _Samples, enlarged: Tensor) -> None:
    """Fill ``enlarged`` (n, 3, H, W)."""
    _, height, width = image.shape
    # The transposed image has columns for rows, so that whole rows are weighed; then it is transposed back.
    table = image.view(-1, width).t().contiguous().float()
    for target, places, weights in zip(enlarged, *columns, strict=True):
        target.copy_(_weigh(table, _Samples(places, weights)).view(width, 3, height).permute(1, 2, 0))


def _weigh(table: Tensor, samples: _Samples) -> Tensor:
    """(B, D): for each of B outputs the weighted sum of K rows of the (R, D) table."""
    return F.embedding_bag(samples.places, table, per_sample_weights=samples.weights, mode="sum")
