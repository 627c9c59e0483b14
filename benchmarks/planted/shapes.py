"""The shapes of planted images as signed distances, all of the area of a disc of the same radius.

Equal areas keep `size` independent of `shape`: neither can be told from the amount of colour in the image.
"""

import math
from collections.abc import Callable

import torch
from torch import Tensor

from benchmarks.planted.attributes import SHAPES

__all__ = ["DISTANCES", "LARGEST_EXTENT", "coverage", "cross", "disc", "square", "triangle"]

_SQUARE = math.sqrt(math.pi) / 2  # half a side: (2 a)^2 = pi
_TRIANGLE_HEIGHT = math.sqrt(math.pi * math.sqrt(3))  # h^2 / sqrt(3) = pi
_ARM = 0.35  # half the width of an arm of the cross, in half lengths
_CROSS = math.sqrt(math.pi / (8 * _ARM - 4 * _ARM**2))  # half a length: two bars less the middle

LARGEST_EXTENT = _TRIANGLE_HEIGHT / math.sqrt(3)
"""Half the width of the widest shape, the triangle, in radii."""


def disc(x: Tensor, y: Tensor, radius: Tensor) -> Tensor:
    """Signed distance of points to a disc: negative inside; all arguments in one unit, broadcast."""
    return (x.square() + y.square()).sqrt() - radius  # exact roundings, unlike hypot: the same in every batch


def square(x: Tensor, y: Tensor, radius: Tensor) -> Tensor:
    """Signed distance to an upright square."""
    return torch.maximum(x.abs(), y.abs()) - _SQUARE * radius


def triangle(x: Tensor, y: Tensor, radius: Tensor) -> Tensor:
    """Signed distance to an equilateral triangle that points up (to negative y), its bounding box centred."""
    half = _TRIANGLE_HEIGHT / 2 * radius
    return torch.maximum(y - half, math.sqrt(3) / 2 * x.abs() - (y + half) / 2)


def cross(x: Tensor, y: Tensor, radius: Tensor) -> Tensor:
    """Signed distance to an upright cross."""
    long, short = _CROSS * radius, _CROSS * _ARM * radius
    x, y = x.abs(), y.abs()
    return torch.minimum(torch.maximum(x - long, y - short), torch.maximum(x - short, y - long))


DISTANCES: dict[str, Callable[[Tensor, Tensor, Tensor], Tensor]] = {
    "disc": disc,
    "square": square,
    "triangle": triangle,
    "cross": cross,
}
"""Signed distance of each of the shapes."""


def coverage(shapes: Tensor, x: Tensor, y: Tensor, radius: Tensor) -> Tensor:
    """How much of each pixel a shape covers.

    Args:
        shapes: (N,) int64 positions in ``SHAPES``.
        x: (N, 1, W) pixel centres relative to the shape's centre, in pixels.
        y: (N, H, 1) likewise, downwards.
        radius: (N, 1, 1) in pixels.

    Returns:
        (N, H, W) in [0, 1]; exactly 0 and 1 farther than half a pixel from the outline.
    """
    covered = x.new_empty(len(shapes), y.shape[1], x.shape[2])
    for place, name in enumerate(SHAPES):
        chosen = (shapes == place).nonzero().flatten()
        distance = DISTANCES[name](x[chosen], y[chosen], radius[chosen])
        covered[chosen] = (0.5 - distance).clamp_(0, 1)
    return covered
