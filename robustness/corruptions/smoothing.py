"""Gaussian smoothing of random fields, with sums that are exact and so the same in any order.

Fields and weights are rounded to fixed point such that every partial sum is a whole number below 2^53. A
matrix product then has no rounding error, and cannot depend on the device, on the number of threads or on
how many fields are multiplied at once. Weights are rounded before those that fall on the same value near a
border are added, so that a convolution along a padded field gives the same sums.
"""

from functools import lru_cache

import torch
from torch import Tensor

__all__ = ["FIELD_UNIT", "WEIGHT_UNIT", "gaussian_matrix", "gaussian_taps", "smooth", "sources"]

FIELD_UNIT = 2.0**-22
WEIGHT_UNIT = 2.0**-24
# Outputs per product: fewer skip more of the zeros outside the Gaussian, more make larger products.
_BLOCK = 32
_Block = tuple[slice, Tensor]


def smooth(fields: Tensor, sigma: float, *, truncate: float, border: str) -> Tensor:
    """Convolve each field with a Gaussian, as :func:`scipy.ndimage.gaussian_filter` does.

    Args:
        fields: (N, H, W) floating point, in -16..16.
        sigma: standard deviation in pixels; 0 leaves the fields as they are.
        truncate: the Gaussian ends after this many standard deviations, rounded to whole pixels.
        border: ``"reflect"`` (d c b a | a b c d | d c b a) or ``"nearest"`` (a a a a | a b c d | d d d d).

    Returns:
        (N, H, W) float64, multiples of 2^-22; within 1e-5 of the true result for fields in -1..1.

    Example:
        >>> smooth(torch.eye(3)[None], 0.5, truncate=4, border="nearest")[0, 1].round(decimals=3).tolist()
        [0.179, 0.641, 0.179]
    """
    whole = fields.double().div_(FIELD_UNIT).round_()
    if sigma > 0:
        down, along = (_blocks(side, sigma, truncate, border) for side in fields.shape[1:])
        columns = [weights.to(whole.device) @ whole[:, inputs] for inputs, weights in down]
        whole = torch.cat(columns, 1).mul_(WEIGHT_UNIT).round_()
        rows = [whole[:, :, inputs] @ weights.to(whole.device).T for inputs, weights in along]
        whole = torch.cat(rows, 2).mul_(WEIGHT_UNIT).round_()
    return whole.mul_(FIELD_UNIT)


@lru_cache(maxsize=64)
def _blocks(side: int, sigma: float, truncate: float, border: str) -> tuple[_Block, ...]:
    """The rows of the Gaussian matrix in blocks: the inputs they need, and whole weights."""
    matrix = gaussian_matrix(side, sigma, truncate, border).div_(WEIGHT_UNIT)
    blocks = []
    for rows in range(0, side, _BLOCK):
        weights = matrix[rows : rows + _BLOCK]
        used = weights.any(0).nonzero()
        inputs = slice(int(used[0]), int(used[-1]) + 1)
        blocks.append((inputs, weights[:, inputs].contiguous()))
    return tuple(blocks)


def gaussian_matrix(side: int, sigma: float, truncate: float, border: str) -> Tensor:
    """The matrix that convolves ``side`` values with a Gaussian; arguments as for :func:`smooth`.

    Returns:
        (side, side) float64, rows of sum 1 up to 1e-6.
    """
    taps = gaussian_taps(sigma, truncate).mul_(WEIGHT_UNIT)
    source = sources(side, len(taps) // 2, border).unfold(0, len(taps), 1)
    matrix = torch.zeros(side, side, dtype=torch.float64)
    return matrix.scatter_add_(1, source, taps.expand(side, -1))


def gaussian_taps(sigma: float, truncate: float) -> Tensor:
    """The weights of a Gaussian up to ``truncate`` standard deviations, (2 R + 1,) float64 in 2^-24."""
    radius = int(truncate * sigma + 0.5)
    weights = (-0.5 * (torch.arange(-radius, radius + 1) / sigma).double().square()).exp()
    return weights.div_(weights.sum() * WEIGHT_UNIT).round_()


def sources(side: int, radius: int, border: str) -> Tensor:
    """Where ``side`` values and ``radius`` more on either side come from: (side + 2 radius,) int64."""
    place = torch.arange(-radius, side + radius)
    if border == "nearest":
        return place.clamp(0, side - 1)
    place = place.remainder(2 * side)
    return torch.minimum(place, 2 * side - 1 - place)
