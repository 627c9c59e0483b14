"""Snow: enlarged noise, cut off below a threshold and driven by the wind, twice, over a whitened image.

For other image sizes the constants stay as they are; zoom and threshold do not depend on size, and the path
of a flake stays as long in pixels. An image that is not square is enlarged by the same factor along both
sides (the original takes squares only).

Departures from the original: of the noise only the part that the enlargement shows is drawn, and whole
results never lose a level to truncation.
"""

import torch
from torch import Tensor

from robustness.corruptions.draws import normals, uniforms
from robustness.corruptions.levels import truncate
from robustness.corruptions.motion import motion_blur_levels
from robustness.corruptions.zoom import crop_positions, crop_side

__all__ = ["enlarge", "snow"]

# Levels: far more than single precision rounds, and less than results can differ from whole numbers.
ABOVE_WHOLE = 1e-4


def snow(images: Tensor, constant: tuple[float, float, float, float, float, float, float], keys: Tensor) -> Tensor:
    """Whiten the image, and add a layer of flakes and the same layer turned by 180 degrees.

    Args:
        images: (N, 3, H, W) uint8.
        constant: mean and standard deviation of the noise, its enlargement, the threshold of a flake,
            radius and sigma of the motion, and the share of the image that is kept.
        keys: (N,) int64.

    Returns:
        (N, 3, H, W) uint8.

    Reference:
        Hendrycks and Dietterich, ICLR 2019, section 4.1, https://arxiv.org/abs/1903.12261
    """
    mean, deviation, zoom, threshold, radius, sigma, keep = constant
    flakes = flakes_at_rest(keys, images.shape[2:], (mean, deviation, zoom, threshold))
    flakes = motion_blur_levels(flakes[:, None], radius, sigma, wind_angles(keys)).float()
    layers = (flakes + flakes.flip(2, 3)).add_(ABOVE_WHOLE)
    return truncate(_whiten(images.float(), keep).add_(layers))


def wind_angles(keys: Tensor) -> Tensor:
    """(N,) float64 degrees, uniform in -135 .. -45."""
    return uniforms(keys, 1, stream=1)[:, 0].double() * 90 - 135


def flakes_at_rest(keys: Tensor, shape: tuple[int, ...], constant: tuple[float, float, float, float]) -> Tensor:
    """(N, H, W) uint8 levels of the flakes before the wind drives them."""
    mean, deviation, zoom, threshold = constant
    rows, columns = (crop_side(side, zoom) for side in shape)
    noise = normals(keys, rows * columns).view(-1, rows, columns).mul_(deviation).add_(mean)
    noise = enlarge(enlarge(noise, shape[0], zoom).transpose(1, 2), shape[1], zoom).transpose(1, 2)
    return truncate((noise * 255).mul_(noise >= threshold))


def enlarge(noise: Tensor, side: int, zoom: float) -> Tensor:
    """Enlarge linearly along the first side, as :func:`scipy.ndimage.zoom` does, and trim to the centre.

    Args:
        noise: (N, P, Q) floating point, P from :func:`crop_side`.
        side: pixels to fill.
        zoom: from 1 on.

    Returns:
        (N, side, Q).
    """
    place = crop_positions(side, zoom)
    first = place.long()
    share = (place - first).to(noise.device, noise.dtype)[:, None]
    first = first.to(noise.device)
    near, far = noise[:, first], noise[:, (first + 1).clamp(max=noise.shape[1] - 1)]
    return far.sub_(near).mul_(share).add_(near)


def _whiten(levels: Tensor, keep: float) -> Tensor:
    """``keep * x + (1 - keep) * max(x, 1.5 * grey + 1 / 2)`` of (N, 3, H, W) float levels, overwritten."""
    red, green, blue = levels.unbind(1)
    bright = (red * 0.299).add_(green * 0.587).add_(blue * 0.114).mul_(1.5).add_(127.5)
    white = torch.maximum(levels, bright[:, None])
    return levels.mul_(keep).add_(white.mul_(1 - keep))
