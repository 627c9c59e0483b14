"""Operations on grey levels, equal to Pillow's bit by bit: autocontrast, equalize, posterize, solarize, enhancements.

Every function takes (N, 3, H, W) uint8 images and (N,) levels in -10..10, one for each image, and returns new uint8
images. The sign of a level is for the geometric operations; here only its size counts, and autocontrast and equalize
ignore it. What a level means is AugMix's choice.

Reference:
    Hendrycks et al., "AugMix: A Simple Data Processing Method to Improve Robustness and Uncertainty", ICLR 2020,
    appendix C and the published code, https://arxiv.org/abs/1912.02781
"""

import torch
from torch import Tensor

__all__ = ["autocontrast", "brightness", "color", "contrast", "equalize", "posterize", "sharpness", "solarize"]

_LUMA = (19595, 38470, 7471)  # of 65536: Pillow's integers for .299 R + .587 G + .114 B


def autocontrast(images: Tensor, _levels: Tensor) -> Tensor:
    """Stretch each channel linearly so that its darkest level is 0 and its brightest 255; flat channels stay."""
    low, high = (images.flatten(2).amin(2).double(), images.flatten(2).amax(2).double())
    # Not 255.0 / range, which torch takes by way of the reciprocal: one level off now and then.
    scale = torch.full_like(low, 255) / (high - low).clamp(min=1)
    tables = _ramp(images).double() * scale.unsqueeze(2) + (-low * scale).unsqueeze(2)
    tables = torch.where((high > low).unsqueeze(2), tables, _ramp(images).double())
    return _through_tables(images, _clipped(tables))


def equalize(images: Tensor, _levels: Tensor) -> Tensor:
    """Spread each channel's levels so that all are about as frequent."""
    histogram = _histograms(images)
    positions = images.shape[2:].numel()
    brightest = images.flatten(2).amax(2).long().unsqueeze(2)
    step = (positions - histogram.gather(2, brightest)) // 255
    before = histogram.cumsum(2) - histogram
    divisor = step.clamp(min=1)
    tables = ((before + divisor // 2) // divisor).clamp(0, 255)
    # Too few pixels, or a single level: Pillow leaves the channel alone.
    return _through_tables(images, torch.where(step > 0, tables, _ramp(images)).to(torch.uint8))


def posterize(images: Tensor, levels: Tensor) -> Tensor:
    """Keep the ``4 - int(0.4 level)`` most significant bits: 4 at most, and at least 1."""
    bits = (4 - _whole(levels.abs().double() * 4 / 10)).clamp(min=1)
    mask = (256 - 2 ** (8 - bits)).to(torch.uint8)
    return images & mask.view(-1, 1, 1, 1)


def solarize(images: Tensor, levels: Tensor) -> Tensor:
    """Invert the grey levels from ``256 - int(25.6 level)`` upwards."""
    threshold = (256 - _whole(levels.abs().double() * 256 / 10)).to(torch.int16)
    return torch.where(images >= threshold.view(-1, 1, 1, 1), 255 - images, images)


def color(images: Tensor, levels: Tensor) -> Tensor:
    """Blend with the grey image: saturation times ``0.18 level + 0.1``."""
    return _blend(_grey(images), images, _factors(levels))


def contrast(images: Tensor, levels: Tensor) -> Tensor:
    """Blend with the image's mean grey: contrast times ``0.18 level + 0.1``."""
    # Pillow's mean is a quotient of Python numbers, rounded half up.
    mean = (_grey(images).flatten(1).sum(1, dtype=torch.int64).double() / images.shape[2:].numel() + 0.5).floor()
    return _blend(mean.to(torch.uint8).view(-1, 1, 1, 1), images, _factors(levels))


def brightness(images: Tensor, levels: Tensor) -> Tensor:
    """Blend with black: brightness times ``0.18 level + 0.1``."""
    return _blend(torch.zeros_like(images[:, :1, :1, :1]), images, _factors(levels))


def sharpness(images: Tensor, levels: Tensor) -> Tensor:
    """Blend with the image smoothed over 3 x 3 pixels (centre 5, others 1, of 13): below 1 blurs, above sharpens."""
    smooth = images.clone()  # Pillow keeps the outermost pixels
    if min(images.shape[2:]) > 2:
        wide = images.to(torch.int32)
        rows = wide[:, :, :-2] + wide[:, :, 1:-1] + wide[:, :, 2:]
        sums = rows[..., :-2] + rows[..., 1:-1] + rows[..., 2:] + 4 * wide[:, :, 1:-1, 1:-1]
        smooth[:, :, 1:-1, 1:-1] = ((2 * sums + 13) // 26).to(torch.uint8)
    return _blend(smooth, images, _factors(levels))


def _factors(levels: Tensor) -> Tensor:
    return (levels.abs().double() * 1.8 / 10 + 0.1).float()


def _whole(values: Tensor) -> Tensor:
    return values.to(torch.int64)


def _grey(images: Tensor) -> Tensor:
    """(N, 1, H, W) uint8, as Pillow converts RGB."""
    red, green, blue = (images[:, i : i + 1].to(torch.int32) * weight for i, weight in enumerate(_LUMA))
    return ((red + green + blue + 0x8000) >> 16).to(torch.uint8)


def _blend(first: Tensor, second: Tensor, factors: Tensor) -> Tensor:
    """``first + factor (second - first)``, in float32 and cut to whole levels, as Pillow does."""
    start, factor = first.float(), factors.view(-1, 1, 1, 1)
    return _clipped(start + factor * (second.float() - start))


def _clipped(values: Tensor) -> Tensor:
    return values.clamp(0, 255).to(torch.int16).to(torch.uint8)


def _ramp(images: Tensor) -> Tensor:
    return torch.arange(256, device=images.device).view(1, 1, 256)


def _histograms(images: Tensor) -> Tensor:
    """(N, 3, 256) counts of every level."""
    count = len(images) * 3
    return torch.bincount(_table_index(images).view(-1), minlength=count * 256).view(-1, 3, 256)


def _through_tables(images: Tensor, tables: Tensor) -> Tensor:
    """Replace every level by its entry in the channel's table, (N, 3, 256)."""
    return tables.reshape(-1).index_select(0, _table_index(images).view(-1)).view(images.shape)


def _table_index(images: Tensor) -> Tensor:
    first = torch.arange(0, len(images) * 3 * 256, 256, device=images.device, dtype=torch.int32)
    return images.to(torch.int32) + first.view(-1, 3, 1, 1)
