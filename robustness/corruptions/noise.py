"""Noise: gaussian_noise, shot_noise, impulse_noise, speckle_noise.

Every function takes (N, 3, H, W) uint8 images, its constant of one severity and (N,) int64 keys, and
returns new uint8 images; :func:`robustness.corruptions.corrupt` checks the arguments and chooses the
constant. Noise acts on single pixels, so other image sizes use the constants as they stand.

Shot and impulse noise spend 16 random bits on a value: their probabilities are multiples of 2^-16.
"""

import math
from functools import lru_cache

import torch
from torch import Tensor

from robustness.corruptions.draws import half_words, normal_table
from robustness.corruptions.levels import look_up, truncate

__all__ = ["gaussian_noise", "impulse_noise", "shot_noise", "speckle_noise"]


def gaussian_noise(images: Tensor, sigma: float, keys: Tensor) -> Tensor:
    """Sensor noise: ``x + N(0, sigma)``, independent for each pixel and channel.

    Args:
        images: (N, 3, H, W) uint8.
        sigma: standard deviation, as a fraction of full scale.
        keys: (N,) int64.

    Returns:
        (N, 3, H, W) uint8.

    Reference:
        Hendrycks and Dietterich, ICLR 2019, section 4.1, https://arxiv.org/abs/1903.12261
    """
    shift = look_up(gaussian_shifts(sigma).to(images.device), _slices(keys, images))
    return shift.add_(images).clamp_(0, 255).to(torch.uint8)


def shot_noise(images: Tensor, photons: float, keys: Tensor) -> Tensor:
    """Too few photons: ``Poisson(x * photons) / photons``, independent for each pixel and channel.

    Args:
        images: (N, 3, H, W) uint8.
        photons: expected count at full scale, above 0.
        keys: (N,) int64.

    Returns:
        (N, 3, H, W) uint8.

    Reference:
        Hendrycks and Dietterich, ICLR 2019, section 4.1, https://arxiv.org/abs/1903.12261
        M. D. Vose, "A Linear Algorithm for Generating Random Numbers with a Given Distribution", IEEE
        Transactions on Software Engineering 17(9), 1991 (the two candidates of a column),
        https://doi.org/10.1109/32.92917
    """
    draws = _draws(keys, images)
    column = draws & 255
    cell = look_up(shot_table(photons).to(images.device), images.to(torch.int32).mul_(256).add_(column))
    # All ones where the draw's upper byte is below the cell's, and the result the column's own; else zero.
    own = draws.bitwise_right_shift_(8).sub_(cell >> 8).bitwise_right_shift_(15)
    other = cell.bitwise_and_(255)
    return column.bitwise_xor_(other).bitwise_and_(own).bitwise_xor_(other).to(torch.uint8)


def impulse_noise(images: Tensor, amount: float, keys: Tensor) -> Tensor:
    """Dead and hot pixels: a share of the values turns into 0 or 255, each as often as the other.

    Channels are hit independently, so the specks are coloured.

    Args:
        images: (N, 3, H, W) uint8.
        amount: share of the values that is replaced, in (0, 1).
        keys: (N,) int64.

    Returns:
        (N, 3, H, W) uint8.

    Reference:
        Hendrycks and Dietterich, ICLR 2019, section 4.1, https://arxiv.org/abs/1903.12261
    """
    draws = _draws(keys, images)
    first = first_salt(amount)
    salt = draws.clamp(first - 1, first).sub_(first - 1).neg_().to(torch.uint8)  # 255 there, else 0
    keep = draws.clamp_(-first - 1, -first).add_(first).bitwise_not_().to(torch.uint8)  # 0 at pepper, else 255
    return images.maximum(salt).minimum(keep)


def speckle_noise(images: Tensor, sigma: float, keys: Tensor) -> Tensor:
    """Noise that grows with the signal: ``x + x * N(0, sigma)``, independent for each pixel and channel.

    Args:
        images: (N, 3, H, W) uint8.
        sigma: standard deviation relative to the value.
        keys: (N,) int64.

    Returns:
        (N, 3, H, W) uint8.

    Reference:
        Hendrycks and Dietterich, ICLR 2019, the additional corruptions, https://arxiv.org/abs/1903.12261
    """
    factor = look_up(speckle_factors(sigma).to(images.device), _slices(keys, images))
    return truncate(factor.mul_(images))


def _draws(keys: Tensor, images: Tensor) -> Tensor:
    """Random int16 of the images' shape."""
    return half_words(keys, images[0].numel()).view(images.shape)


def _slices(keys: Tensor, images: Tensor) -> Tensor:
    """Random places in a table of the normal distribution, int32, of the images' shape."""
    return _draws(keys, images).to(torch.int32).bitwise_and_(0xFFFF)


@lru_cache(maxsize=16)
def gaussian_shifts(sigma: float) -> Tensor:
    """(65536,) int16: by how many levels each slice of the normal distribution moves a value, rounded down."""
    return (normal_table() * (255 * sigma)).floor_().to(torch.int16)


@lru_cache(maxsize=16)
def speckle_factors(sigma: float) -> Tensor:
    """(65536,) float32: by what each slice of the normal distribution multiplies a value."""
    return (normal_table() * sigma).add_(1)


def first_salt(amount: float) -> int:
    """The least of the int16 draws that make salt; those below its negative make pepper."""
    return 65536 // 2 - round(amount / 2 * 65536)


@lru_cache(maxsize=16)
def shot_table(photons: float) -> Tensor:
    """(65536,) int16: at index 256 * level + column, 256 * (share - 128) + other result.

    A column is 1/256 of the probability of a level's results. ``share`` 256ths of it belong to the result
    with the column's own number, the rest to the other result.
    """
    bounds = _shot_distribution(photons).cumsum(1).mul_(65536).round_().long()
    units = bounds.diff(dim=1, prepend=torch.zeros(256, 1, dtype=torch.int64))
    return torch.tensor([_fill_columns(row) for row in units.tolist()], dtype=torch.int16).view(-1)


def _fill_columns(units: list[int]) -> list[int]:
    """Cells of 256 columns that hold 256 units each: results with too few units share with the rest."""
    cells = [256 * -128 + result for result in range(256)]  # a full column: both results are its own
    poor = [result for result in range(256) if units[result] < 256]
    rich = [result for result in range(256) if units[result] > 256]
    while poor:
        result, donor = poor.pop(), rich[-1]
        cells[result] = 256 * (units[result] - 128) + donor
        units[donor] -= 256 - units[result]
        if units[donor] <= 256:
            rich.pop()
        if units[donor] < 256:
            poor.append(donor)
    return cells


def _shot_distribution(photons: float) -> Tensor:
    """(256, 256) float64: the probability of each result, given each level."""
    rates = torch.arange(256, dtype=torch.float64)[:, None] / 255 * photons
    counts = torch.arange(math.ceil(photons), dtype=torch.float64)
    probability = (torch.xlogy(counts, rates) - rates - torch.lgamma(counts + 1)).exp()
    results = (counts / photons * 255).long()
    distribution = torch.zeros(256, 256, dtype=torch.float64).index_add_(1, results, probability)
    distribution[:, 255] += 1 - distribution.sum(1)  # all greater counts are clipped to white
    return distribution
