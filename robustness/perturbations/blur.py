"""Blur: motion_blur, zoom_blur, gaussian_blur.

Every function takes (N, 3, H, W) uint8 images, a :class:`robustness.perturbations.courses.Course`, (N,) int64
keys and the (h, w) of the frames, and yields (N, 3, h, w) uint8 frames; :func:`robustness.perturbations.perturb`
checks the arguments. Radii and sigmas are pixels and are not scaled with the image.
"""

from collections.abc import Iterator

import torch
from torch import Tensor

from robustness.corruptions.levels import truncate
from robustness.corruptions.motion import motion_blur_levels
from robustness.corruptions.smoothing import smooth
from robustness.perturbations.courses import Course
from robustness.perturbations.geometry import scale
from robustness.perturbations.warp import centre_crop

__all__ = ["gaussian_blur", "motion_blur", "zoom_blur"]

_FIELD = 16  # levels / 16 fit the range of fields that are smoothed, and stay exact
_ABOVE_WHOLE = 2e-4  # levels: more than the smoothing rounds, so that whole numbers survive truncation


def motion_blur(images: Tensor, course: Course, _keys: Tensor, size: tuple[int, int]) -> Iterator[Tensor]:
    """A camera that shakes in turning directions: every frame is blurred, the first one too.

    The constant is the radius of the blur and sigma of its weights, in pixels; the steps are degrees.

    Reference:
        Hendrycks and Dietterich, ICLR 2019, section 4.2, https://arxiv.org/abs/1903.12261
    """
    radius, sigma = course.constant
    clean = centre_crop(images, size).contiguous()
    for step in course.steps:
        angles = torch.full((len(clean),), step, dtype=torch.float64, device=clean.device)
        yield motion_blur_levels(clean, radius, sigma, angles)


def zoom_blur(images: Tensor, course: Course, keys: Tensor, size: tuple[int, int]) -> Iterator[Tensor]:
    """A camera that moves towards the scene while the shutter is open; the first frame is clean.

    A frame is the mean of the image and its enlargements so far; the steps are their sizes.

    Reference:
        Hendrycks and Dietterich, ICLR 2019, section 4.2, https://arxiv.org/abs/1903.12261
    """
    clean = centre_crop(images, size)
    yield clean
    # In single precision and in the original's order: its frames are means of few numbers, half of the first
    # and a third of the second are whole, and whether truncation takes a level from those hangs on the last bit.
    fractions = torch.arange(256, dtype=torch.float32).div(torch.tensor(255.0)).to(images.device)
    total = _look_up(fractions, clean)
    enlargements = scale(images, course._replace(steps=course.steps[1:]), keys, size)
    for count, enlarged in enumerate(enlargements, start=2):
        total.add_(_look_up(fractions, enlarged))
        # A tensor, because division by a plain number may turn into a multiplication.
        yield truncate(total.div(torch.tensor(float(count), device=images.device)).mul_(255))


def gaussian_blur(images: Tensor, course: Course, _keys: Tensor, size: tuple[int, int]) -> Iterator[Tensor]:
    """Go out of focus: each channel under a growing Gaussian; border pixels repeat outwards.

    The constant is where the Gaussian ends, in sigmas; the steps are sigmas in pixels.

    Reference:
        Hendrycks and Dietterich, ICLR 2019, the additional perturbations, https://arxiv.org/abs/1903.12261
    """
    clean = centre_crop(images, size)
    fields = clean.flatten(0, 1).float().div_(_FIELD)
    for step in course.steps:
        levels = smooth(fields, step, truncate=course.constant, border="nearest").mul_(_FIELD)
        yield truncate(levels.add_(_ABOVE_WHOLE)).view(clean.shape)


def _look_up(fractions: Tensor, levels: Tensor) -> Tensor:
    return fractions.index_select(0, levels.flatten().to(torch.int32)).view(levels.shape)
