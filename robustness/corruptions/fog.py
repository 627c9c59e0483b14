"""Fog: one plasma cloud per image, shared by its channels.

For other image sizes strength and decay stay as they are, and the cloud is the smallest torus with a power
of two as its side that covers the image, at least 2 pixels: 256, 64 and 32 at the profiles' own sizes.

Departure from the original: the cloud is single precision, 1e-6 of its range.
"""

import torch
from torch import Tensor

from robustness.corruptions.draws import words
from robustness.corruptions.levels import truncate

__all__ = ["fog", "plasma"]

FIRST_WIBBLE = 100.0


def fog(images: Tensor, constant: tuple[float, float, int], keys: Tensor) -> Tensor:
    """Add a cloud P in [0, 1] and rescale: ``(x + strength * P) * m / (m + strength)``, m the image's maximum.

    Args:
        images: (N, 3, H, W) uint8.
        constant: strength, decay of the cloud's roughness, and the side of the cloud at the profile's own
            size (here it follows from the image's size).
        keys: (N,) int64.

    Returns:
        (N, 3, H, W) uint8; a black image stays black.

    Reference:
        Hendrycks and Dietterich, ICLR 2019, section 4.1, https://arxiv.org/abs/1903.12261
    """
    strength, decay, _ = constant
    height, width = images.shape[2:]
    cloud = plasma(keys, covering_side(height, width), decay)[:, None, :height, :width]
    brightest = images.amax((1, 2, 3), keepdim=True).float()
    scale = brightest / (brightest + 255 * strength)
    return truncate((images + cloud * (255 * strength)).mul_(scale))


def covering_side(height: int, width: int) -> int:
    """The smallest power of two, from 2 on, that is no less than either side."""
    return max(2, 1 << (max(height, width) - 1).bit_length())


def plasma(keys: Tensor, side: int, decay: float) -> Tensor:
    """Draw fractal height maps by the diamond-square method on a torus, scaled to [0, 1].

    Each new point is the mean of four neighbours plus ``wibble * U(-wibble, wibble)``; so the amplitude is
    the SQUARE of wibble, which starts at 100 and is divided by ``decay`` whenever the step is halved.

    Args:
        keys: (N,) int64.
        side: a power of two, from 2 on.
        decay: greater is smoother.

    Returns:
        (N, side, side) float32, each with minimum 0 and maximum 1.

    Reference:
        A. Fournier, D. Fussell and L. Carpenter, "Computer Rendering of Stochastic Models", CACM 1982,
        https://doi.org/10.1145/358523.358553
    """
    heights = torch.zeros(len(keys), 1, 1, device=keys.device)
    draws = _signed_uniforms(keys, side * side)  # the last one is not needed
    wibble, start = FIRST_WIBBLE, 0
    while (points := heights.shape[1]) < side:
        noise = draws[:, start : start + 3 * points * points].view(-1, 3, points, points)
        heights = _refine(heights, noise * (wibble * wibble))
        wibble, start = wibble / decay, start + 3 * points * points
    heights -= heights.amin((1, 2), keepdim=True)
    return heights.div_(heights.amax((1, 2), keepdim=True))


def _signed_uniforms(keys: Tensor, count: int) -> Tensor:
    """(N, count) float32, uniform in (-1, 1) as odd multiples of 2^-16: two draws from each word."""
    return words(keys, count // 2).view(torch.int16).float().add_(0.5).mul_(2.0**-15)


def _refine(corners: Tensor, noise: Tensor) -> Tensor:
    """Double the resolution: (N, P, P) heights and (N, 3, P, P) noise to (N, 2P, 2P)."""
    count, size, _ = corners.shape
    fine = corners.new_empty(count, size, 2, size, 2)
    fine[:, :, 0, :, 0] = corners
    rows = corners + corners.roll(-1, 1)
    columns = corners + corners.roll(-1, 2)
    # A quarter is a power of two, so fusing the product into the sum changes no bit.
    centres = torch.add(noise[:, 0], rows + rows.roll(-1, 2), alpha=0.25)
    fine[:, :, 1, :, 1] = centres
    torch.add(noise[:, 1], columns.add_(centres).add_(centres.roll(1, 1)), alpha=0.25, out=fine[:, :, 0, :, 1])
    torch.add(noise[:, 2], rows.add_(centres).add_(centres.roll(1, 2)), alpha=0.25, out=fine[:, :, 1, :, 0])
    return fine.view(count, 2 * size, 2 * size)
