"""Blur: defocus_blur, gaussian_blur (motion, zoom and glass blur have files of their own).

Every function takes (N, 3, H, W) uint8 images, its constant of one severity and (N,) int64 keys, and
returns new uint8 images; :func:`robustness.corruptions.corrupt` checks the arguments and chooses the
constant. Radii and sigmas are pixels and are not scaled with the image; an image may be smaller than its
kernel, because the border rule repeats as often as needed.

Weights are whole multiples of 2^-22 and all sums are exact, in integers or in double precision: no batch,
thread or device can change a pixel. The original adds unrounded weights in floating point, which moves a
result across a whole level now and then, by one level.
"""

import math
from functools import lru_cache
from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor

from robustness.corruptions.levels import truncate

__all__ = [
    "WEIGHT_BITS",
    "cache_sized",
    "defocus_blur",
    "disc_runs",
    "gaussian_blur",
    "gaussian_filter",
    "gaussian_units",
    "mirrored_places",
]

WEIGHT_BITS = 22
_INT16_TAPS = 128  # as many white pixels add up to less than 2^15
_BAND = 32


def gaussian_blur(images: Tensor, sigma: float, _keys: Tensor) -> Tensor:
    """Gaussian filter of each channel, cut off at four sigma; border pixels repeat outwards.

    Args:
        images: (N, 3, H, W) uint8.
        sigma: pixels, above 0.

    Returns:
        (N, 3, H, W) uint8.

    Reference:
        Hendrycks and Dietterich, ICLR 2019, the additional corruptions, https://arxiv.org/abs/1903.12261
    """
    return torch.cat([truncate(gaussian_filter(part, sigma)) for part in cache_sized(images)])


def defocus_blur(images: Tensor, constant: tuple[float, float], _keys: Tensor) -> Tensor:
    """Out of focus: correlate with a disc whose edge is smoothed; the border is mirrored.

    The kernel is the original's, which smooths the disc on too small a grid: radius 8 and 10 touch the
    grid's edge, where the mirrored border adds weight, so that these two brighten the image by one percent.

    Args:
        images: (N, 3, H, W) uint8.
        constant: radius of the disc and sigma of its smoothing, in pixels.

    Returns:
        (N, 3, H, W) uint8.

    Reference:
        Hendrycks and Dietterich, ICLR 2019, section 4.1, https://arxiv.org/abs/1903.12261
    """
    runs = disc_runs(*constant)
    return torch.cat([_add_runs(part, runs) for part in cache_sized(images)])


def cache_sized(images: Tensor) -> tuple[Tensor, ...]:
    """The batch in parts: single images on a CPU, whose cache holds the sums of one, else all at once."""
    return images.split(1) if images.device.type == "cpu" else (images,)


def gaussian_filter(images: Tensor, sigma: float) -> Tensor:
    """Blur along both axes with a Gaussian cut off at four sigma; border pixels repeat outwards.

    Args:
        images: (N, C, H, W) uint8.
        sigma: pixels, above 0.

    Returns:
        (N, C, H, W) float64 levels, not rounded: multiples of 2^-44.

    Example:
        >>> dot = torch.zeros(1, 1, 1, 5, dtype=torch.uint8)
        >>> dot[..., 2] = 100
        >>> gaussian_filter(dot, 0.3).flatten().round().tolist()
        [0.0, 0.0, 99.0, 0.0, 0.0]
    """
    height = images.shape[2]
    units = _along_rows(images, gaussian_units(sigma)).view(-1, *images.shape[2:]).double()
    out = torch.empty_like(units)
    for band in _bands(height, sigma):
        weights = band.weights.to(images.device)
        torch.matmul(weights, units[:, band.low : band.high], out=out[:, band.first : band.last])
    return out.view(images.shape)


@lru_cache(maxsize=64)
def gaussian_units(sigma: float) -> list[int]:
    """The weights at distance 0, 1, .. of the centre, in units of 2^-22; both sides together sum to 1."""
    weights = [math.exp(-0.5 * (distance / sigma) ** 2) for distance in range(int(4 * sigma + 0.5) + 1)]
    total = 2 * sum(weights) - weights[0]
    units = [round(weight / total * 2**WEIGHT_BITS) for weight in weights]
    units[0] = 2**WEIGHT_BITS - 2 * sum(units[1:])
    return units


def _along_rows(images: Tensor, units: list[int]) -> Tensor:
    """(N, C, H, W) int32: blurred along the rows, in units of 2^-22."""
    width, radius = images.shape[3], len(units) - 1
    left, right = images[..., :1].expand(-1, -1, -1, radius), images[..., -1:].expand(-1, -1, -1, radius)
    padded = torch.cat([left, images, right], 3).to(torch.int32)
    total = padded.narrow(3, radius, width) * units[0]
    pair = torch.empty_like(total)
    for distance in range(1, radius + 1):
        before, after = (padded.narrow(3, start, width) for start in (radius - distance, radius + distance))
        total.add_(torch.add(before, after, out=pair), alpha=units[distance])
    return total


class _Band(NamedTuple):
    """Outputs first .. last - 1 of an axis are ``weights`` @ inputs low .. high - 1."""

    first: int
    last: int
    low: int
    high: int
    weights: Tensor


@lru_cache(maxsize=64)
def _bands(size: int, sigma: float) -> list[_Band]:
    """The filter of an axis as a few small matrices, because most of one large matrix would be zero.

    They also turn units of 2^-22 into levels.
    """
    units = gaussian_units(sigma)
    radius = len(units) - 1
    kernel = torch.tensor(units[:0:-1] + units, dtype=torch.float64) / 2 ** (2 * WEIGHT_BITS)
    places = (torch.arange(size)[:, None] + torch.arange(-radius, radius + 1)).clamp_(0, size - 1)
    matrix = torch.zeros(size, size, dtype=torch.float64).scatter_add_(1, places, kernel.expand(size, -1))
    bands = []
    for first in range(0, size, _BAND):
        last = min(first + _BAND, size)
        low, high = max(first - radius, 0), min(last + radius, size)
        bands.append(_Band(first, last, low, high, matrix[first:last, low:high].contiguous()))
    return bands


class Runs(NamedTuple):
    """A symmetric kernel as weighted horizontal runs.

    ``places[weight]`` lists the rows and half widths of runs of pixels that count with this weight.
    """

    margin: int
    places: dict[int, list[tuple[int, int]]]


@lru_cache(maxsize=16)
def disc_runs(radius: float, sigma: float) -> Runs:
    """The kernel of :func:`defocus_blur`, weights in units of 2^-22."""
    kernel = _smooth_disc(radius, sigma, torch.float64)
    centre = len(kernel) // 2
    # A row's run of half width h has the weight by which the row falls from column h to h + 1.
    falls = -F.pad(kernel[:, centre:], (0, 1)).diff(dim=1)
    units = (falls * 2**WEIGHT_BITS).round().long()
    places: dict[int, list[tuple[int, int]]] = {}
    for row, half_width in units.nonzero().tolist():
        places.setdefault(int(units[row, half_width]), []).append((row - centre, half_width))
    lack = _lack(int((units * torch.arange(1, 2 * units.shape[1], 2)).sum()), radius, sigma)
    if lack:
        places.setdefault(lack, []).append((0, 0))
    margin = max(max(abs(row), half_width) for where in places.values() for row, half_width in where)
    return Runs(margin, places)


def _lack(total: int, radius: float, sigma: float) -> int:
    """What the centre has to add so that flat parts keep or lose a level as they do in the original.

    Its weights are in single precision. Where their sum falls below 1, be it by 10^-9, truncation takes a
    whole level from flat parts of the image.
    """
    one = 1 << WEIGHT_BITS
    below = bool(_smooth_disc(radius, sigma, torch.float32).double().sum() < 1)
    return min(one - 1 - total, 0) if below else max(one - total, 0)


def _smooth_disc(radius: float, sigma: float, dtype: torch.dtype) -> Tensor:
    """(K, K), K odd: a disc of sum 1 under a small Gaussian that mirrors it at the grid's edge."""
    reach, width = (8, 1) if radius <= 8 else (math.ceil(radius), 2)
    axis = torch.arange(-reach, reach + 1)
    disc = (axis[:, None] ** 2 + axis**2 <= radius**2).to(dtype)
    gaussian = torch.exp(-0.5 * (torch.arange(width + 1).double() / sigma) ** 2)
    gaussian = (gaussian / (2 * gaussian.sum() - 1)).to(dtype)
    smooth = disc / disc.sum()
    for side in (1, 0):
        mirrored = _mirror(smooth, width, side)
        around = [mirrored.narrow(side, width + offset, len(axis)) for offset in range(-width, width + 1)]
        # In the order of the original's library, because the sum of the kernel feels the last bit.
        smooth = gaussian[0] * around[width]
        for offset in range(1, width + 1):
            smooth = smooth + gaussian[offset] * (around[width - offset] + around[width + offset])
    return smooth


def _add_runs(images: Tensor, runs: Runs) -> Tensor:
    height, width = images.shape[2:]
    margin, places = runs
    padded = _mirror(_mirror(images.to(torch.int16), margin, 2), margin, 3)
    sums = [padded.narrow(3, margin, width)]  # of the pixels up to h columns left and right, for each h
    for h in range(1, margin + 1):
        sums.append(sums[-1] + padded.narrow(3, margin - h, width))
        sums[-1] += padded.narrow(3, margin + h, width)
    total = torch.zeros(images.shape, dtype=torch.int32, device=images.device)
    for weight, where in places.items():
        for group in _within_int16(where):
            first, *others = (sums[h].narrow(2, margin + row, height) for row, h in group)
            part = first.clone() if others else first
            for other in others:
                part += other
            total.add_(part, alpha=weight)
    return total.bitwise_right_shift_(WEIGHT_BITS).clamp_(0, 255).to(torch.uint8)


def _within_int16(where: list[tuple[int, int]]) -> list[list[tuple[int, int]]]:
    """Split a list of runs so that the pixels of a part never add up to 2^15."""
    groups: list[list[tuple[int, int]]] = []
    taps = _INT16_TAPS
    for row, half_width in where:
        taps += 2 * half_width + 1
        if taps > _INT16_TAPS:
            groups.append([])
            taps = 2 * half_width + 1
        groups[-1].append((row, half_width))
    return groups


def _mirror(images: Tensor, margin: int, axis: int) -> Tensor:
    """Extend an axis on both sides by reflection about the centre of the border pixel, again and again."""
    return images.index_select(axis, mirrored_places(images.shape[axis], margin).to(images.device))


def mirrored_places(size: int, margin: int) -> Tensor:
    """(margin + size + margin,) int64: which place of an axis stands at each place of its extension by mirrors."""
    period = max(2 * (size - 1), 1)
    places = torch.arange(-margin, size + margin) % period
    return torch.minimum(places, period - places) if size > 1 else places * 0
