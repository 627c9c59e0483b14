"""Noise: gaussian_noise, shot_noise, speckle_noise; a clean frame, then frames with noise of their own.

Every function takes (N, 3, H, W) uint8 images, a :class:`robustness.perturbations.courses.Course`, (N,) int64
keys and the (h, w) of the frames, and yields (N, 3, h, w) uint8 frames; :func:`robustness.perturbations.perturb`
checks the arguments. Noise acts on single pixels, so other image sizes use the constants as they stand.
"""

from collections.abc import Callable, Iterator

from torch import Tensor

from robustness.corruptions.draws import image_keys
from robustness.corruptions.noise import gaussian_noise as add_gaussian_noise
from robustness.corruptions.noise import shot_noise as add_shot_noise
from robustness.corruptions.noise import speckle_noise as add_speckle_noise
from robustness.perturbations.courses import Course
from robustness.perturbations.warp import centre_crop

__all__ = ["gaussian_noise", "shot_noise", "speckle_noise"]


def gaussian_noise(images: Tensor, course: Course, keys: Tensor, size: tuple[int, int]) -> Iterator[Tensor]:
    """Sensor noise: ``x + N(0, sigma)``; the constant is sigma as a fraction of full scale.

    Reference:
        Hendrycks and Dietterich, ICLR 2019, section 4.2, https://arxiv.org/abs/1903.12261
    """
    return _noisy(add_gaussian_noise, images, course, keys, size)


def shot_noise(images: Tensor, course: Course, keys: Tensor, size: tuple[int, int]) -> Iterator[Tensor]:
    """Few photons: ``Poisson(x * photons) / photons``; the constant is the number of photons at full scale.

    Reference:
        Hendrycks and Dietterich, ICLR 2019, section 4.2, https://arxiv.org/abs/1903.12261
    """
    return _noisy(add_shot_noise, images, course, keys, size)


def speckle_noise(images: Tensor, course: Course, keys: Tensor, size: tuple[int, int]) -> Iterator[Tensor]:
    """Noise that grows with the signal: ``x + x * N(0, sigma)``; the constant is sigma.

    Reference:
        Hendrycks and Dietterich, ICLR 2019, the additional perturbations, https://arxiv.org/abs/1903.12261
    """
    return _noisy(add_speckle_noise, images, course, keys, size)


def _noisy(
    add_noise: Callable[[Tensor, float, Tensor], Tensor],
    images: Tensor,
    course: Course,
    keys: Tensor,
    size: tuple[int, int],
) -> Iterator[Tensor]:
    clean = centre_crop(images, size).contiguous()
    yield clean
    for number, _ in enumerate(course.steps[1:], start=1):
        yield add_noise(clean, course.constant, image_keys(keys, f"frame {number}"))
