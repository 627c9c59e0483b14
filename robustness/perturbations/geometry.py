"""Geometry: translate, rotate, tilt, scale, shear; the camera moves and the scene stays.

Every function takes (N, 3, H, W) uint8 images, a :class:`robustness.perturbations.courses.Course`, (N,) int64
keys and the (h, w) of the frames, and yields (N, 3, h, w) uint8 frames; :func:`robustness.perturbations.perturb`
checks the arguments. The image is moved as a whole and then cropped to its centre, so that what lies in the
margin comes into sight; beyond the image it is black. Translations are pixels at any image size; the rest
does not depend on it.

Departure from the original: positions and weights are rounded to whole multiples of 2^-23, which moves a
result across a whole level now and then, by one level.
"""

import math
from collections.abc import Iterator

import torch.nn.functional as F
from torch import Tensor

from robustness.perturbations.courses import Course
from robustness.perturbations.warp import Matrix, affine_warp, margins, perspective_warp, warp

__all__ = ["rotate", "scale", "shear", "tilt", "translate"]


def translate(images: Tensor, course: Course, _keys: Tensor, size: tuple[int, int]) -> Iterator[Tensor]:
    """Move from left to right, one whole pixel a frame; the steps are pixels to the right.

    Reference:
        Hendrycks and Dietterich, ICLR 2019, section 4.2, https://arxiv.org/abs/1903.12261
    """
    (height, width), reach = images.shape[2:], max(map(abs, course.steps))
    top, left = margins((height, width), size)
    padded = F.pad(images, (int(reach), int(reach)))
    for step in course.steps:
        start = int(reach - step) + left
        yield padded[:, :, top : top + size[0], start : start + size[1]]


def rotate(images: Tensor, course: Course, _keys: Tensor, size: tuple[int, int]) -> Iterator[Tensor]:
    """Turn clockwise; the steps are degrees.

    Reference:
        Hendrycks and Dietterich, ICLR 2019, section 4.2, https://arxiv.org/abs/1903.12261
    """
    for step in course.steps:
        cosine, sine = math.cos(math.radians(step)), math.sin(math.radians(step))
        yield _moved(images, ((cosine, sine), (-sine, cosine)), size)


def scale(images: Tensor, course: Course, _keys: Tensor, size: tuple[int, int]) -> Iterator[Tensor]:
    """Come closer; the steps are sizes relative to the image.

    Reference:
        Hendrycks and Dietterich, ICLR 2019, section 4.2, https://arxiv.org/abs/1903.12261
    """
    for step in course.steps:
        yield _moved(images, ((1 / step, 0.0), (0.0, 1 / step)), size)


def shear(images: Tensor, course: Course, _keys: Tensor, size: tuple[int, int]) -> Iterator[Tensor]:
    """Slant the verticals; the steps are degrees. As in the original, slanted verticals keep their length.

    Reference:
        Hendrycks and Dietterich, ICLR 2019, section 4.2, https://arxiv.org/abs/1903.12261
    """
    for step in course.steps:
        angle = math.radians(step)
        yield _moved(images, ((1.0, math.tan(angle)), (0.0, 1 / math.cos(angle))), size)


def tilt(images: Tensor, course: Course, _keys: Tensor, size: tuple[int, int]) -> Iterator[Tensor]:
    """Turn the picture in space about both of its axes at once, seen from as far away as its diagonal is long.

    The steps are degrees. As in the original, the picture lies one pixel behind its axes, so that it is a
    trifle smaller even at 0 degrees.

    Reference:
        Hendrycks and Dietterich, ICLR 2019, section 4.2, https://arxiv.org/abs/1903.12261
    """
    height, width = images.shape[2:]
    for step in course.steps:
        yield warp(images, perspective_warp(_projection(math.radians(step), height, width), (height, width), size))


def _moved(images: Tensor, linear: Matrix, size: tuple[int, int]) -> Tensor:
    height, width = images.shape[2:]
    return warp(images, affine_warp(linear, (height, width), size))


def _projection(angle: float, height: int, width: int) -> Matrix:
    """From the flat picture to the picture that is seen, homogeneous.

    A pixel is the point (x - W/2, y - H/2, 1). It is turned about the vertical axis, then about the
    horizontal one, moved away by the diagonal f, and projected with focal length f onto the middle of the image.
    """
    cosine, sine = math.cos(angle), math.sin(angle)
    distance = math.hypot(height, width)
    turned = (
        (cosine, 0.0, -sine),
        (-(sine**2), cosine, -sine * cosine),
        (sine * cosine, sine, cosine**2),
    )
    placed = []
    for axis, row in enumerate(turned):
        away = distance if axis == 2 else 0.0
        placed.append((row[0], row[1], row[2] + away - row[0] * width / 2 - row[1] * height / 2))
    x, y, depth = placed
    return (
        tuple(distance * a + width / 2 * b for a, b in zip(x, depth, strict=True)),
        tuple(distance * a + height / 2 * b for a, b in zip(y, depth, strict=True)),
        depth,
    )
