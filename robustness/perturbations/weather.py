"""Weather: snow, brightness, spatter.

Every function takes (N, 3, H, W) uint8 images, a :class:`robustness.perturbations.courses.Course`, (N,) int64
keys and the (h, w) of the frames, and yields (N, 3, h, w) uint8 frames; :func:`robustness.perturbations.perturb`
checks the arguments. Constants that are pixels or levels are not scaled with the image.

Departures from the original are those of :mod:`robustness.corruptions.snow`,
:mod:`robustness.corruptions.weather` and :mod:`robustness.corruptions.spatter`: of snow only the part that is
seen is drawn, the middle one of three channels may keep a level that the original loses, and where no drop
falls the image stays as it is.
"""

from collections.abc import Iterator

import torch
import torch.nn.functional as F
from torch import Tensor

from robustness.corruptions.draws import normals
from robustness.corruptions.levels import truncate
from robustness.corruptions.motion import motion_blur_levels
from robustness.corruptions.smoothing import smooth
from robustness.corruptions.snow import enlarge
from robustness.corruptions.spatter import water_relief
from robustness.corruptions.weather import brightness as brighten
from robustness.corruptions.zoom import crop_side
from robustness.perturbations.courses import Course
from robustness.perturbations.warp import centre_crop

__all__ = ["brightness", "snow", "spatter"]

_ABOVE_WHOLE = 1e-4  # levels: far more than single precision rounds
_WATER = (175, 238, 238)


def snow(images: Tensor, course: Course, keys: Tensor, size: tuple[int, int]) -> Iterator[Tensor]:
    """The same flakes in all frames, driven by a wind that turns; every frame has snow.

    The constant is mean and standard deviation of the noise, its enlargement, the threshold of a flake, radius
    and sigma of the motion, and the share of the image that is kept; the steps are degrees.

    Reference:
        Hendrycks and Dietterich, ICLR 2019, section 4.2, https://arxiv.org/abs/1903.12261
    """
    *flaky, radius, sigma, keep = course.constant
    flakes = _flakes(keys, size, *flaky)[:, None]
    ground = _whitened(centre_crop(images, size).float(), keep)
    for step in course.steps:
        angles = torch.full((len(images),), step, dtype=torch.float64, device=images.device)
        layer = motion_blur_levels(flakes, radius, sigma, angles).float()
        yield truncate(ground + (layer + layer.flip(2, 3)).add_(_ABOVE_WHOLE))


def brightness(images: Tensor, course: Course, keys: Tensor, size: tuple[int, int]) -> Iterator[Tensor]:
    """From dusk to glare; the steps are added to the V of HSV.

    Reference:
        Hendrycks and Dietterich, ICLR 2019, section 4.2, https://arxiv.org/abs/1903.12261
    """
    clean = centre_crop(images, size).contiguous()
    return (brighten(clean, step, keys) for step in course.steps)


def spatter(images: Tensor, course: Course, keys: Tensor, size: tuple[int, int]) -> Iterator[Tensor]:
    """Drops of water that run down the lens; every frame has drops.

    The constant is mean and standard deviation of the noise, sigma of its smoothing, the threshold and the
    intensity of the liquid, and the weights of its flow: one frame to the next, each pixel takes from those
    above it.

    Reference:
        Hendrycks and Dietterich, ICLR 2019, the additional perturbations, https://arxiv.org/abs/1903.12261
    """
    mean, deviation, sigma, threshold, intensity, flow = course.constant
    clean = centre_crop(images, size)
    noise = normals(keys, size[0] * size[1]).view(-1, *size).mul_(deviation).add_(mean)
    liquid = smooth(noise, sigma, truncate=4, border="nearest")
    liquid.mul_(liquid >= threshold)
    for _ in course.steps:
        yield _wet(clean, liquid, intensity)
        liquid = _flowed(liquid, flow)


def _flakes(
    keys: Tensor, size: tuple[int, int], mean: float, deviation: float, zoom: float, threshold: float
) -> Tensor:
    """(N, h, w) uint8 levels: enlarged noise above a threshold."""
    rows, columns = (crop_side(side, zoom) for side in size)
    noise = normals(keys, rows * columns).view(-1, rows, columns).mul_(deviation).add_(mean)
    noise = enlarge(enlarge(noise, size[0], zoom).transpose(1, 2), size[1], zoom).transpose(1, 2)
    return truncate((noise * 255).mul_(noise >= threshold))


def _whitened(levels: Tensor, keep: float) -> Tensor:
    """``keep * x + (1 - keep) * max(x, 1.5 * grey + 1 / 2)`` of (N, 3, h, w) float levels."""
    red, green, blue = levels.unbind(1)
    bright = (red * 0.299).add_(green * 0.587).add_(blue * 0.114).mul_(1.5).add_(127.5)
    white = torch.maximum(levels, bright[:, None])
    return (levels * keep).add_(white.mul_(1 - keep))


def _wet(images: Tensor, liquid: Tensor, intensity: float) -> Tensor:
    """Add water of depth (N, h, w), brightest where it is deepest and its relief highest."""
    depth = (liquid * 255).to(torch.int32).to(torch.uint8)
    amount = depth.float().mul_(water_relief(depth))
    amount.div_(amount.amax((1, 2), keepdim=True).clamp_(min=1)).mul_(intensity)
    colour = torch.tensor(_WATER, dtype=torch.float32, device=images.device).view(3, 1, 1)
    return truncate((amount[:, None] * colour).add_(images))


def _flowed(liquid: Tensor, flow: tuple[float, ...]) -> Tensor:
    """Convolve each column with ``flow``; the result is as long, and the middle of the full convolution."""
    height, skipped = liquid.shape[1], (len(flow) - 1) // 2
    padded = F.pad(liquid, (0, 0, len(flow) - 1, skipped))
    total = torch.zeros_like(liquid)
    for back, weight in enumerate(flow):
        start = len(flow) - 1 + skipped - back
        total.add_(padded[:, start : start + height] * weight)
    return total
