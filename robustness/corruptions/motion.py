"""Motion blur as ImageMagick defines it: integer steps along a line, the weights of half a Gaussian.

:func:`motion_blur` takes (N, 3, H, W) uint8 images, its constant of one severity and (N,) int64 keys, and
returns new uint8 images, as every corruption does; :func:`motion_blur_levels` is the filter itself, which
snow uses as well. The blur looks one way only, so it also moves the image. Radius and sigma are pixels and
are not scaled with the image; the border pixels repeat outwards, so that any size works.

All sums are of integers and do not round: no batch, thread or device can change a pixel.
"""

import math

import torch
import torch.nn.functional as F
from torch import Tensor

from robustness.corruptions.draws import uniforms

__all__ = ["WEIGHT_BITS", "half_gaussian", "motion_blur", "motion_blur_levels", "taps_along"]

WEIGHT_BITS = 23  # 255 * 2^23 is the most that 32 bits hold


def motion_blur(images: Tensor, constant: tuple[float, float], keys: Tensor) -> Tensor:
    """A moving camera: blur along a line at an angle between -45 and 45 degrees.

    Args:
        images: (N, 3, H, W) uint8.
        constant: radius of the blur and sigma of its weights, in pixels.
        keys: (N,) int64.

    Returns:
        (N, 3, H, W) uint8.

    Reference:
        Hendrycks and Dietterich, ICLR 2019, section 4.1, https://arxiv.org/abs/1903.12261
    """
    radius, sigma = constant
    angles = uniforms(keys, 1)[:, 0].double() * 90 - 45
    return motion_blur_levels(images, radius, sigma, angles)


def motion_blur_levels(images: Tensor, radius: float, sigma: float, angles: Tensor) -> Tensor:
    """ImageMagick's ``MotionBlurImage`` on 8-bit images.

    Output pixel (y, x) is the sum over i = 0 .. 2 * ceil(radius) of ``k_i`` times the input pixel
    (y + ceil(i * sin(angle) - 1/2), x + ceil(i * cos(angle) - 1/2)), where ``k_i`` is proportional to
    exp(-i^2 / (2 sigma^2)) and sums to 1. Border pixels repeat outwards; the result is rounded down.

    Args:
        images: (N, C, H, W) uint8, any C.
        radius: pixels; decides only how many weights there are.
        sigma: pixels, above 0.
        angles: (N,) degrees, clockwise from the x axis; in double precision they count in full.

    Returns:
        (N, C, H, W) uint8.

    Reference:
        ImageMagick 6, ``MotionBlurImage`` in magick/effect.c,
        https://github.com/ImageMagick/ImageMagick6/blob/main/magick/effect.c

    Example:
        >>> line = torch.tensor([0, 0, 200, 0, 0], dtype=torch.uint8).view(1, 1, 1, 5)
        >>> motion_blur_levels(line, 1, 1.0, torch.zeros(1)).flatten().tolist()
        [15, 69, 114, 0, 0]
    """
    weights = half_gaussian(radius, sigma)
    out = torch.empty(images.shape, dtype=torch.uint8, device=images.device)
    for target, image, angle in zip(out, images, angles.tolist(), strict=True):
        target.copy_(_smear(image, taps_along(weights, math.radians(angle))))
    return out


def half_gaussian(radius: float, sigma: float) -> list[int]:
    """Weights in units of 2^-23, with a sum of exactly 1."""
    weights = [math.exp(-(i**2) / (2 * sigma**2)) for i in range(2 * math.ceil(radius) + 1)]
    total = sum(weights)
    units = [round(weight / total * 2**WEIGHT_BITS) for weight in weights]
    units[0] += 2**WEIGHT_BITS - sum(units)
    return units


def taps_along(weights: list[int], angle: float) -> dict[tuple[int, int], int]:
    """Weight of each (y, x) displacement; steps that round to the same pixel are added."""
    taps: dict[tuple[int, int], int] = {}
    for step, weight in enumerate(weights):
        place = math.ceil(step * math.sin(angle) - 0.5), math.ceil(step * math.cos(angle) - 0.5)
        taps[place] = taps.get(place, 0) + weight
    return taps


def _smear(image: Tensor, taps: dict[tuple[int, int], int]) -> Tensor:
    """(C, H, W) int32 levels, rounded down."""
    rows, columns = zip(*taps, strict=True)
    margins = (-min(columns), max(columns), -min(rows), max(rows))  # not below 0: no displacement is a tap
    padded = F.pad(image[None].float(), margins, mode="replicate")[0].to(torch.int32)
    _, height, width = image.shape
    total = torch.zeros(image.shape, dtype=torch.int32, device=image.device)
    for (row, column), weight in taps.items():
        below = padded.narrow(1, row - min(rows), height)
        total.add_(below.narrow(2, column - min(columns), width), alpha=weight)
    return total.bitwise_right_shift_(WEIGHT_BITS)
