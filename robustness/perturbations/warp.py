"""Warps: every output pixel is a weighted mean of four input pixels, the same four in all images.

Places and weights are computed once, in double precision on the CPU, and rounded to whole multiples of 2^-23;
the sums are of integers and do not round, so no batch, thread or device can change a pixel.
"""

from typing import NamedTuple

import torch
from torch import Tensor

__all__ = ["Warp", "affine_warp", "centre_crop", "margins", "perspective_warp", "warp"]

_WEIGHT_BITS = 23  # 255 * 2^23 is the most that 32 bits hold
_CV_STEPS = 32  # OpenCV rounds coordinates to so many steps a pixel

Size = tuple[int, int]
Matrix = tuple[tuple[float, ...], ...]


class Warp(NamedTuple):
    """How outputs are read from images (H, W).

    Attributes:
        places: (4, h * w) int64, positions in the flattened image.
        weights: (4, h * w) int32 in units of 2^-23; all zero where the output lies outside.
        half: what is added before the fraction is dropped: 0 truncates, 2^22 rounds.
        size: (h, w) of the output.
    """

    places: Tensor
    weights: Tensor
    half: int
    size: Size


def margins(shape: Size, size: Size) -> Size:
    """Rows above and columns left of the centre crop, with the original's rounding of odd margins.

    Example:
        >>> margins((256, 341), (224, 224))
        (16, 58)
    """
    top, left = (round((outer - inner) / 2) for outer, inner in zip(shape, size, strict=True))
    return top, left


def centre_crop(images: Tensor, size: Size) -> Tensor:
    """The centre (N, C, h, w) of images (N, C, H, W), as a view."""
    height, width = images.shape[2:]
    top, left = margins((height, width), size)
    return images[..., top : top + size[0], left : left + size[1]]


def affine_warp(linear: Matrix, shape: Size, size: Size) -> Warp:
    """Read bilinearly at ``c + linear (p - c)`` for the output pixels p of the centre crop.

    Pixel centres lie at halves, and c lies half a pixel to the right and below the centre of the image, as the
    original's library has it. Outside it is black without a transition; at the border the outer half of a
    pixel is flat. Results are truncated.

    Args:
        linear: two rows of two, from output to input, x before y.
        shape: (H, W) of the images.
        size: (h, w) of the output.

    Reference:
        ``affine`` of torchvision 0.2.1 and ``Image.transform`` of Pillow, with which ImageNet-P was made.
    """
    rows, columns = _pixels(shape, size)
    centre = shape[0] * 0.5 + 0.5, shape[1] * 0.5 + 0.5
    down, right = (rows + 0.5 - centre[0])[:, None], columns + 0.5 - centre[1]
    (xx, xy), (yx, yy) = linear
    x, y = xx * right + xy * down + centre[1], yx * right + yy * down + centre[0]
    inside = (x >= 0) & (x < shape[1]) & (y >= 0) & (y < shape[0])
    taps = []
    for along, side in ((y - 0.5, shape[0]), (x - 0.5, shape[1])):
        low = along.floor()
        pair = (low.clamp(0, side - 1).long(), (low + 1).clamp(0, side - 1).long())
        taps.append((pair, along - low))
    ((upper, lower), below), ((left, right_), beyond) = taps
    shares = [(1 - below) * beyond, below * (1 - beyond), below * beyond]
    weights = [(share * 2**_WEIGHT_BITS).round().to(torch.int32) for share in shares]
    weights.insert(0, 2**_WEIGHT_BITS - weights[0] - weights[1] - weights[2])
    places = [upper * shape[1] + left, upper * shape[1] + right_, lower * shape[1] + left, lower * shape[1] + right_]
    return _assemble(places, [weight * inside for weight in weights], 0, size)


def perspective_warp(matrix: Matrix, shape: Size, size: Size) -> Warp:
    """Read bilinearly where a projective map comes from, for the pixels of the centre crop.

    Pixel centres lie at whole numbers. Coordinates are rounded to 1/32 pixel, pixels outside are black, and
    results are rounded.

    Args:
        matrix: three rows of three, from input to output, homogeneous (x, y, 1).
        shape: (H, W) of the images.
        size: (h, w) of the output.

    Reference:
        ``warpPerspective`` of OpenCV 3 and 4, modules/imgproc/src/imgwarp.cpp; ImageNet-P was made with the
        former. OpenCV 5 does not round coordinates.
    """
    rows, columns = (axis.double() for axis in _pixels(shape, size))
    inverse = torch.linalg.inv(torch.tensor(matrix, dtype=torch.float64)).tolist()
    x, y, depth = (row[0] * columns + row[1] * rows[:, None] + row[2] for row in inverse)
    steps = [(axis * (_CV_STEPS / depth)).round().long() for axis in (y, x)]
    (row, below), (column, beyond) = ((step >> 5, step & (_CV_STEPS - 1)) for step in steps)
    places, weights = [], []
    for down, vertical in ((0, _CV_STEPS - below), (1, below)):
        for right, horizontal in ((0, _CV_STEPS - beyond), (1, beyond)):
            at_row, at_column = row + down, column + right
            inside = (at_row >= 0) & (at_row < shape[0]) & (at_column >= 0) & (at_column < shape[1])
            places.append(at_row.clamp(0, shape[0] - 1) * shape[1] + at_column.clamp(0, shape[1] - 1))
            weights.append((vertical * horizontal * inside).to(torch.int32) * (2**_WEIGHT_BITS // _CV_STEPS**2))
    return _assemble(places, weights, 1 << (_WEIGHT_BITS - 1), size)


def warp(images: Tensor, how: Warp) -> Tensor:
    """Apply a warp to images (N, C, H, W) uint8: (N, C, h, w) uint8.

    Example:
        >>> line = torch.tensor([[10, 20, 40]], dtype=torch.uint8).view(1, 1, 1, 3)
        >>> warp(line, affine_warp(((0.5, 0.0), (0.0, 0.5)), (1, 3), (1, 3))).flatten().tolist()
        [17, 25, 35]
    """
    places, weights = how.places.to(images.device), how.weights.to(images.device)
    flat = images.flatten(2)
    total = torch.full((*images.shape[:2], places.shape[1]), how.half, dtype=torch.int32, device=images.device)
    for place, weight in zip(places, weights, strict=True):
        total.add_(flat.index_select(2, place).to(torch.int32).mul_(weight))
    return total.bitwise_right_shift_(_WEIGHT_BITS).to(torch.uint8).view(*images.shape[:2], *how.size)


def _pixels(shape: Size, size: Size) -> tuple[Tensor, Tensor]:
    """Rows (h,) and columns (w,) of the centre crop."""
    top, left = margins(shape, size)
    return torch.arange(top, top + size[0]), torch.arange(left, left + size[1])


def _assemble(places: list[Tensor], weights: list[Tensor], half: int, size: Size) -> Warp:
    return Warp(torch.stack(places).flatten(1), torch.stack(weights).flatten(1), half, size)
