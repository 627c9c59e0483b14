"""Photometric transforms: black and white, contrast, gamma, box blur; differentiable in the pixels.

Each takes and returns (N, 3, H, W) float images in [0, 1]. The definitions are those of the authors' earlier
code (invariance-based confidence), with pixels in [0, 1] where it has 0..255.

Reference:
    Bahat and Shakhnarovich, "Confidence from Invariance to Image Transformations", 2018,
    https://arxiv.org/abs/1804.00657
    Bahat, Irani and Shakhnarovich, "Natural and Adversarial Error Detection using Invariance to Image
    Transformations", 2019, https://arxiv.org/abs/1902.00236
"""

import torch
from torch import Tensor

__all__ = ["black_and_white", "blur", "contrast", "gamma"]

_LUMA = (0.299, 0.587, 0.114)
_FIRST_GREY = 1 / 255


def black_and_white(images: Tensor) -> Tensor:
    """Replace every channel by ``0.299 R + 0.587 G + 0.114 B``.

    Args:
        images: (N, 3, H, W) float in [0, 1].

    Returns:
        (N, 3, H, W), three equal channels.
    """
    weights = images.new_tensor(_LUMA).view(1, 3, 1, 1)
    return (images * weights).sum(1, keepdim=True).expand_as(images)


def contrast(images: Tensor, factor: float) -> Tensor:
    """Stretch each channel away from its mean over the image, and clip: ``(x - mean) * factor + mean``.

    Args:
        images: (N, 3, H, W) float in [0, 1].
        factor: 1 changes nothing, above 1 is more contrast, 0 is a flat image.

    Returns:
        (N, 3, H, W) in [0, 1].

    Raises:
        ValueError: ``factor`` below 0.
    """
    if factor < 0:
        raise ValueError(f"expected contrast `factor` of at least 0, got {factor}; 1 changes nothing")
    mean = images.mean((2, 3), keepdim=True)
    return torch.lerp(mean, images, factor).clamp(0, 1)


def gamma(images: Tensor, exponent: float) -> Tensor:
    """Bend the tone curve: ``x ** exponent``.

    Below the first grey level, 1/255, the curve is its chord to black: 8-bit images see no difference, and
    its slope at black stays finite, which an exponent below 1 denies and gradients need.

    Args:
        images: (N, 3, H, W) float in [0, 1].
        exponent: 1 changes nothing, below 1 brightens.

    Returns:
        (N, 3, H, W) in [0, 1].

    Raises:
        ValueError: ``exponent`` not above 0.
    """
    if exponent <= 0:
        raise ValueError(f"expected gamma `exponent` above 0, got {exponent}; 1 changes nothing")
    chord = images * _FIRST_GREY ** (exponent - 1)
    return torch.where(images < _FIRST_GREY, chord, images.clamp(min=_FIRST_GREY) ** exponent)


def blur(images: Tensor, width: int, height: int = 1) -> Tensor:
    """Average over a box; the border is mirrored with its edge pixel repeated.

    Args:
        images: (N, 3, H, W) float in [0, 1].
        width: of the box in pixels, odd; 1 changes nothing.
        height: of the box in pixels, odd.

    Returns:
        (N, 3, H, W) in [0, 1].

    Raises:
        ValueError: an even box, which would also shift the image, or one larger than the image.
    """
    for name, side, length in (("width", width, images.shape[3]), ("height", height, images.shape[2])):
        if side != int(side) or side % 2 != 1 or not 1 <= side <= length:
            raise ValueError(f"expected blur `{name}` as an odd whole number in 1..{length}, got {side}")
    return _averaged(_averaged(images, int(width), 3), int(height), 2)


def _averaged(images: Tensor, side: int, dim: int) -> Tensor:
    """Mean of ``side`` neighbours along ``dim``; sums of slices, which a CPU does faster than pooling."""
    if side == 1:
        return images
    length, margin = images.shape[dim], side // 2
    first, last = images.narrow(dim, 0, margin).flip(dim), images.narrow(dim, length - margin, margin).flip(dim)
    mirrored = torch.cat([first, images, last], dim)
    total = mirrored.narrow(dim, 0, length)
    for start in range(1, side):
        total = total + mirrored.narrow(dim, start, length)
    return total / side
