"""Digital: contrast, pixelate, jpeg_compression, and the extra one, saturate.

Every function takes (N, 3, H, W) uint8 images, its constant of one severity and (N,) int64 keys, and
returns new uint8 images; :func:`robustness.corruptions.corrupt` checks the arguments and chooses the
constant. For other image sizes: contrast, saturation and JPEG quality do not depend on size, and pixelate
is a share of each side, which never falls below one pixel (the original fails there).

Pixelate and JPEG are defined by Pillow's integer arithmetic and run in Pillow, whatever the device.

Departure from the original: its way through the hue loses one grey level to truncation on some of the
values whose exact result under saturate is a whole number.
"""

import io
from collections.abc import Callable
from functools import lru_cache

import torch
from PIL import Image
from torch import Tensor

from robustness.corruptions.levels import look_up, truncate

__all__ = ["contrast", "jpeg_compression", "pixelate", "saturate"]

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
    tables = contrast_tables(total, images[0, 0].numel(), factor)
    first = torch.arange(0, tables.numel(), 256, dtype=torch.int32, device=images.device)
    return look_up(tables.view(-1), images.to(torch.int32).add_(first.view(len(images), 3, 1, 1)))


def contrast_tables(sums: Tensor, pixels: int, factor: float) -> Tensor:
    """(N, 3, 256) uint8: the new levels, given the (N, 3) sums of each channel's levels."""
    mean = sums.double()[:, :, None] / (255.0 * pixels)
    level = torch.arange(256, dtype=torch.float64, device=sums.device) / 255
    return truncate(((level - mean) * factor + mean) * 255)


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
    small = max(int(width * scale), 1), max(int(height * scale), 1)

    def shrink_and_enlarge(photo: Image.Image) -> Image.Image:
        return photo.resize(small, Image.Resampling.BOX).resize((width, height), Image.Resampling.BOX)

    return _in_pillow(images, shrink_and_enlarge)


def jpeg_compression(images: Tensor, quality: int, _keys: Tensor) -> Tensor:
    """Encode as JPEG (Pillow's defaults, 4:2:0 chroma) and decode.

    Args:
        images: (N, 3, H, W) uint8.
        quality: libjpeg's quality, in 1..95.

    Returns:
        (N, 3, H, W) uint8.

    Reference:
        Hendrycks and Dietterich, ICLR 2019, section 4.1, https://arxiv.org/abs/1903.12261
    """

    def round_trip(photo: Image.Image) -> Image.Image:
        file = io.BytesIO()
        photo.save(file, "JPEG", quality=quality)
        return Image.open(file)

    return _in_pillow(images, round_trip)


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


def _in_pillow(images: Tensor, change: Callable[[Image.Image], Image.Image]) -> Tensor:
    out = torch.empty(images.shape, dtype=torch.uint8)
    for target, image in zip(out, images.cpu(), strict=True):
        target.copy_(_to_tensor(change(_to_pillow(image))))
    return out.to(images.device)


def _to_pillow(image: Tensor) -> Image.Image:
    _, height, width = image.shape
    bands = (Image.frombuffer("L", (width, height), band.numpy(), "raw", "L", 0, 1) for band in image)
    return Image.merge("RGB", tuple(bands))


def _to_tensor(photo: Image.Image) -> Tensor:
    # Line-interleaved bands, so that putting channels first moves whole rows instead of bytes.
    rows = bytearray(photo.tobytes("raw", "RGB;L"))
    return torch.frombuffer(rows, dtype=torch.uint8).view(photo.height, 3, photo.width).permute(1, 0, 2)
