"""Weather: brightness.

Every function takes (N, 3, H, W) uint8 images, its constant of one severity and (N,) int64 keys, and
returns new uint8 images; :func:`robustness.corruptions.corrupt` checks the arguments and chooses the
constant. Brightness acts on single pixels, so other image sizes use the constants as they stand.

Departure from the original: it reconstructs the middle channel from the hue in floating point, which loses
one grey level to truncation where the exact result is a whole number (0.2-0.4 % of the values of a photo).
"""

from functools import lru_cache

import torch
from torch import Tensor

from robustness.corruptions.levels import look_up, truncate

__all__ = ["brightness"]


def brightness(images: Tensor, shift: float, _keys: Tensor) -> Tensor:
    """Daylight: add ``shift`` to the V of HSV, clip, convert back.

    V is the largest channel, and hue and saturation fix the ratios between channels, so each channel c
    becomes ``c * V' / V``; black has no ratios and becomes the grey V'.

    Args:
        images: (N, 3, H, W) uint8.
        shift: added to V, as a fraction of full scale.

    Returns:
        (N, 3, H, W) uint8.

    Reference:
        Hendrycks and Dietterich, ICLR 2019, section 4.1, https://arxiv.org/abs/1903.12261
    """
    row = images.amax(1, keepdim=True).to(torch.int32).mul_(256)
    return look_up(brightness_table(shift).to(images.device), images.to(torch.int32).add_(row))


@lru_cache(maxsize=16)
def brightness_table(shift: float) -> Tensor:
    """(65536,) uint8: the new level of a channel, at index 256 * V + channel."""
    value = torch.arange(256, dtype=torch.float64)[:, None] / 255
    channel = torch.arange(256, dtype=torch.float64) / 255
    # In the order of the HSV formulas, V' * (1 - S), because truncation feels the last bit.
    saturation = torch.where(value > 0, (value - channel) / value, 0)
    return truncate((value + shift).clamp(0, 1) * (1 - saturation) * 255).view(-1)
