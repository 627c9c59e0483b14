"""Simple properties of images that can be measured on any image, real or drawn, without labels or another model.

They tell whether samples vary as they should: what a layer does not tell about a property has to be as wide among
samples as it is among images that look the same to the layer.
"""

import math
from collections.abc import Callable

import torch
from torch import Tensor

__all__ = ["PROPERTIES", "brightness", "contrast", "hue", "position", "saturation", "varying_properties"]

_TINY = 1e-6  # chroma below which there is no colour to speak of
_VARIES = 1e-4  # variance of a property, in its own units squared, below which images agree in it


def hue(images: Tensor) -> Tensor:
    """Direction (N, 2) on the colour circle, of length 1: that of the chroma summed over an image.

    Args:
        images: (N, 3, H, W) in [0, 1].

    Example:
        >>> red = torch.tensor([1.0, 0.0, 0.0]).view(1, 3, 1, 1)
        >>> hue(red).round(decimals=4).tolist()
        [[1.0, 0.0]]
    """
    red, green, blue = images.mean((2, 3)).T
    x, y = red - (green + blue) / 2, math.sqrt(3) / 2 * (green - blue)
    length = (x.square() + y.square()).sqrt()
    # Grey has no hue; the centre of the circle is the honest answer.
    unit: Tensor = torch.stack([x, y], 1) / length.clamp(min=_TINY)[:, None]
    return unit


def saturation(images: Tensor) -> Tensor:
    """Mean distance (N, 1) between the strongest and weakest channel of images (N, 3, H, W) in [0, 1]."""
    return (images.amax(1) - images.amin(1)).mean((1, 2))[:, None]


def brightness(images: Tensor) -> Tensor:
    """Mean (N, 1) of the strongest channel of images (N, 3, H, W) in [0, 1]."""
    return images.amax(1).mean((1, 2))[:, None]


def contrast(images: Tensor) -> Tensor:
    """Standard deviation (N, 1) of the strongest channel over positions of images (N, 3, H, W) in [0, 1]."""
    return images.amax(1).flatten(1).std(1, correction=0)[:, None]


def position(images: Tensor) -> Tensor:
    """Centre of brightness (N, 2), row and column from -1 to 1, of images (N, 3, H, W) in [0, 1]."""
    weight = images.amax(1) + _TINY
    rows, columns = (torch.linspace(-1, 1, side).to(weight) for side in weight.shape[1:])
    total = weight.sum((1, 2))
    row, column = (weight.sum(2) * rows).sum(1) / total, (weight.sum(1) * columns).sum(1) / total
    return torch.stack([row, column], 1)


PROPERTIES: dict[str, Callable[[Tensor], Tensor]] = {
    "hue": hue,
    "saturation": saturation,
    "brightness": brightness,
    "contrast": contrast,
    "position": position,
}
"""Images (N, 3, H, W) in [0, 1] to (N, M) numbers, by name."""


def varying_properties(images: Tensor) -> tuple[str, ...]:
    """The properties in which images (N, 3, H, W) differ."""
    return tuple(name for name, of in PROPERTIES.items() if float(of(images).var(0, correction=0).sum()) > _VARIES)
