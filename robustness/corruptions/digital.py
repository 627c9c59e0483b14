"""Digital: contrast, pixelate, and the extra one, saturate (jpeg_compression has a file of its own).

Every function takes (N, 3, H, W) uint8 images, its constant of one severity and (N,) int64 keys, and
returns new uint8 images; :func:`robustness.corruptions.corrupt` checks the arguments and chooses the
constant. For other image sizes: contrast and saturation do not depend on size, and pixelate
is a share of each side, which never falls below one pixel (the original fails there).

Pixelate repeats Pillow's integer arithmetic bit by bit. It averages along rows first at every
shape; recent versions of Pillow begin with the columns where an image is much taller than wide.

Departure from the original: its way through the hue loses one grey level to truncation on some of the
values whose exact result under saturate is a whole number.
"""

from functools import lru_cache

import torch
from torch import Tensor
from torch.nn.functional import pad

from robustness.corruptions.levels import look_up, truncate

__all__ = ["BOX_BITS", "box_windows", "contrast", "pixelate", "saturate"]

BOX_BITS = 22  # after the point, in Pillow's weights for images of 8 bits

# Results of saturate are multiples of 1 / 2550 or coarser: with this, whole ones survive the rounding errors.
_ABOVE_WHOLE = 1e-4


def contrast(images: Tensor, factor: float, _keys: Tensor) -> Tensor:
    """Pull each channel towards its mean over the image: ``(x - mean) * factor + mean``.

    Args:
        images: (N, 3, H, W) uint8.
        factor: share of the contrast that is kept, in (0, 1].

    Returns:
        (N, 3, H, W) uint8.

    Reference:
        Hendrycks and Dietterich, ICLR 2019, section 4.1, https://arxiv.org/abs/1903.12261
    """
    total = images.sum(3, dtype=torch.int32).sum(2)  # exact
    mean = total.double().view(-1, 1) / (255.0 * images[0, 0].numel())
    level = torch.arange(256, dtype=torch.float64, device=images.device) / 255
    tables = truncate(((level - mean) * factor + mean) * 255)
    first = torch.arange(0, tables.numel(), 256, dtype=torch.int32, device=images.device)
    return look_up(tables.view(-1), images.to(torch.int32).add_(first.view(len(images), 3, 1, 1)))


def pixelate(images: Tensor, scale: float, _keys: Tensor) -> Tensor:
    """Shrink to ``int(side * scale)`` with Pillow's box filter and enlarge back.

    Args:
        images: (N, 3, H, W) uint8.
        scale: share of each side that is kept, in (0, 1].

    Returns:
        (N, 3, H, W) uint8.

    Reference:
        Hendrycks and Dietterich, ICLR 2019, section 4.1, https://arxiv.org/abs/1903.12261
    """
    height, width = images.shape[2:]
    small_height, small_width = max(int(height * scale), 1), max(int(width * scale), 1)
    narrow = _box_means(images.to(torch.int32), small_width)
    levels = _box_means(narrow.transpose(2, 3), small_height)
    across, down = (
        box_windows(*sides)[0].to(images.device) for sides in ((small_width, width), (small_height, height))
    )
    return levels.index_select(3, down).transpose(2, 3).index_select(3, across).to(torch.uint8)


@lru_cache(maxsize=64)
def box_windows(side: int, target: int) -> tuple[Tensor, Tensor, Tensor]:
    """Which of ``side`` pixels Pillow's box filter averages for each of ``target`` pixels.

    Args:
        side: pixels before.
        target: pixels after; enlarging means windows of one pixel.

    Returns:
        First pixels and counts, each (target,) int64, and weights in 2^-BOX_BITS, (target,) int32.

    Example:
        >>> [column.tolist() for column in box_windows(5, 2)]
        [[0, 3], [3, 2], [1398101, 2097152]]
    """
    scale = side / target
    growth = max(scale, 1.0)
    centres = (torch.arange(target, dtype=torch.float64) + 0.5) * scale
    pixels = torch.arange(side, dtype=torch.float64)
    # Pillow's order of operations, because the last bit decides on pixels at the edge of a window.
    low, high = ((centres + reach * growth + 0.5).long().clamp(0, side) for reach in (-0.5, 0.5))
    places = (pixels - centres[:, None] + 0.5) * (1 / growth)
    inside = (places > -0.5) & (places <= 0.5) & (pixels >= low[:, None]) & (pixels < high[:, None])
    counts = inside.sum(1)
    return inside.int().argmax(1), counts, (2.0**BOX_BITS / counts.double() + 0.5).to(torch.int32)


def _box_means(levels: Tensor, target: int) -> Tensor:
    """Average (N, 3, S, R) levels along R down to ``target`` values; int32, to the nearest level."""
    starts, counts, weights = (column.to(levels.device) for column in box_windows(levels.shape[3], target))
    sums = pad(levels.cumsum(3, dtype=torch.int32), (1, 0))
    totals = sums.index_select(3, starts + counts) - sums.index_select(3, starts)
    return (totals * weights + (1 << (BOX_BITS - 1))) >> BOX_BITS


def saturate(images: Tensor, constant: tuple[float, float], _keys: Tensor) -> Tensor:
    """Change the S of HSV to ``S * factor + summand``, clip, convert back.

    With V the largest channel and S' the new saturation, the distance of every channel from V grows by
    S' / S: ``c' = V - (V - c) * S' / S``. Grey has no hue and counts as red, so its green and blue become
    ``V * (1 - S')``.

    Args:
        images: (N, 3, H, W) uint8.
        constant: factor and summand of S.

    Returns:
        (N, 3, H, W) uint8.

    Reference:
        Hendrycks and Dietterich, ICLR 2019, section 4.1, https://arxiv.org/abs/1903.12261
    """
    growth, reddening = (table.to(images.device) for table in _saturation_tables(*constant))
    value, least = images.amax(1, keepdim=True), images.amin(1, keepdim=True)
    pair = value.to(torch.int32).mul_(256).add_(least)
    value = value.float()
    loss = (value - images).mul_(look_up(growth, pair))
    if constant[1] > 0:
        loss[:, 1:] += look_up(reddening, pair)
    return truncate(torch.sub(value.add_(_ABOVE_WHOLE), loss, out=loss))


@lru_cache(maxsize=16)
def _saturation_tables(factor: float, summand: float) -> tuple[Tensor, Tensor]:
    """At index 256 * V + smallest channel: S' / S, 0 for greys; and what greys lose, 0 for colours.

    Both (65536,) float32.
    """
    value = torch.arange(256, dtype=torch.float64)[:, None]
    distance = value - torch.arange(256, dtype=torch.float64)
    saturation = distance / value
    growth = (saturation * factor + summand).clamp(0, 1) / saturation
    growth = torch.where(distance > 0, growth, 0)
    reddening = torch.where(distance == 0, value * summand, 0)
    return growth.float().view(-1), reddening.float().view(-1)
