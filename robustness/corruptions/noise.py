"""Noise: gaussian_noise.

Every function takes (N, 3, H, W) uint8 images, its constant of one severity and (N,) int64 keys, and
returns new uint8 images; :func:`robustness.corruptions.corrupt` checks the arguments and chooses the
constant. Noise acts on single pixels, so other image sizes use the constants as they stand.
"""

from torch import Tensor

from robustness.corruptions.draws import normals
from robustness.corruptions.levels import truncate

__all__ = ["gaussian_noise"]


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
    noise = normals(keys, images[0].numel()).mul_(255 * sigma).view_as(images)
    return truncate(noise.add_(images))
