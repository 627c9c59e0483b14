"""Geometric transforms: flips, sub-pixel shifts, rotations, zoom; differentiable in the pixels.

Each takes and returns (N, 3, H, W) float images in [0, 1]. Flips and zoom are those of the authors' earlier code,
shifts and rotations those of their later code. Bicubic weights follow torch (a = -0.75; Pillow has -0.5).

Reference:
    Bahat and Shakhnarovich, "Confidence from Invariance to Image Transformations", 2018,
    https://arxiv.org/abs/1804.00657
    Bahat and Shakhnarovich, "Classification Confidence Estimation with Test-Time Data-Augmentation", 2020,
    https://arxiv.org/abs/2006.16705
"""

import math

import torch
import torch.nn.functional as F
from torch import Tensor

__all__ = ["flip_horizontally", "flip_vertically", "rotate", "shift", "zoom"]


def flip_horizontally(images: Tensor) -> Tensor:
    """Mirror left and right of (N, 3, H, W) images."""
    return images.flip(3)


def flip_vertically(images: Tensor) -> Tensor:
    """Mirror top and bottom of (N, 3, H, W) images."""
    return images.flip(2)


def shift(images: Tensor, dx: float, dy: float) -> Tensor:
    """Move the content right by ``dx`` and down by ``dy`` pixels; black enters, fractions are bilinear.

    Args:
        images: (N, 3, H, W) float in [0, 1].
        dx: pixels, positive to the right.
        dy: pixels, positive downwards.

    Returns:
        (N, 3, H, W) in [0, 1].

    Raises:
        ValueError: the image would leave the frame.

    Example:
        >>> row = torch.tensor([0.0, 1.0, 0.0, 0.0]).expand(1, 3, 1, 4)
        >>> shift(row, 0.25, 0)[0, 0, 0].tolist()
        [0.0, 0.75, 0.25, 0.0]
    """
    height, width = images.shape[2:]
    for name, distance, length in (("dx", dx, width), ("dy", dy, height)):
        if not abs(distance) < length:
            raise ValueError(f"expected shift `{name}` below the image's {length} pixels, got {distance}")
    return _moved(_moved(images, dx, 3), dy, 2)


def rotate(images: Tensor, degrees: float) -> Tensor:
    """Turn counter-clockwise about the centre, enlarged so that no empty corner shows; bicubic, clipped.

    Args:
        images: (N, 3, H, W) float in [0, 1].
        degrees: angle.

    Returns:
        (N, 3, H, W) in [0, 1].

    Raises:
        ValueError: an angle outside -90..90, for which the enlargement is not meant.
    """
    if not abs(degrees) <= 90:
        raise ValueError(f"expected rotation by -90..90 `degrees`, got {degrees}")
    height, width = images.shape[2:]
    cosine, sine = math.cos(math.radians(degrees)), math.sin(math.radians(degrees))
    # The turned frame's corners must lie inside the image: the largest such share of both sides.
    share = 1 / (cosine + abs(sine) * max(width / height, height / width))
    matrix = [
        [share * cosine, -share * sine * height / width],
        [share * sine * width / height, share * cosine],
    ]
    return _warped(images, matrix, "bicubic").clamp(0, 1)


def zoom(images: Tensor, share: float) -> Tensor:
    """Enlarge the central ``share`` of both sides to the whole frame; bilinear.

    Args:
        images: (N, 3, H, W) float in [0, 1].
        share: of each side that remains visible, in (0, 1]; 1 changes nothing.

    Returns:
        (N, 3, H, W) in [0, 1].

    Raises:
        ValueError: ``share`` outside (0, 1].
    """
    if not 0 < share <= 1:
        raise ValueError(f"expected zoom `share` in (0, 1], got {share}; 0.95 shows the central 95 %")
    return _warped(images, [[share, 0], [0, share]], "bilinear")


def _moved(images: Tensor, distance: float, dim: int) -> Tensor:
    whole = math.floor(distance)
    part = distance - whole
    moved = _moved_whole(images, whole, dim)
    return moved if part == 0 else torch.lerp(moved, _moved_whole(images, whole + 1, dim), part)


def _moved_whole(images: Tensor, distance: int, dim: int) -> Tensor:
    # Negative padding crops, so one call lets black in on one side and drops what leaves on the other.
    return F.pad(images, (distance, -distance) if dim == 3 else (0, 0, distance, -distance))


def _warped(images: Tensor, matrix: list[list[float]], mode: str) -> Tensor:
    """Read every pixel at ``matrix`` times its place, (x, y) in -1..1 from edge to edge."""
    if matrix == [[1, 0], [0, 1]]:
        return images
    affine = images.new_tensor([[*row, 0] for row in matrix])[None]
    grid = F.affine_grid(affine, [1, *images.shape[1:]], align_corners=False)
    grid = grid.expand(len(images), -1, -1, -1)
    return F.grid_sample(images, grid, mode=mode, padding_mode="border", align_corners=False)
