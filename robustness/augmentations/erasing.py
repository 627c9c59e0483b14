"""Cutout: one square of every image goes blank."""

import torch
from torch import Tensor

from robustness.augmentations.pixels import check_images, choose

__all__ = ["cutout", "inside_box"]


def cutout(images: Tensor, *, side: int, generator: torch.Generator, fill: float = 0.5) -> Tensor:
    """Blank a square of fixed side; its centre is any pixel, and what lies over the border is lost.

    The paper fills with zero after normalisation, which is the mean of the data; on pixels that is ``fill``, where
    0.5 belongs to a normalisation by mean 0.5. Sides of the paper (section 4.2): 16 px on CIFAR-10, 8 px on
    CIFAR-100, of 32 px.

    Args:
        images: (N, 3, H, W), uint8 in 0..255 or float in [0, 1].
        side: of the square, in pixels, even or odd.
        generator: of the centres.
        fill: in [0, 1] for either dtype.

    Returns:
        New images of the same shape and dtype.

    Raises:
        ValueError: images of another shape, or a side below 1.

    Reference:
        DeVries and Taylor, "Improved Regularization of Convolutional Neural Networks with Cutout", 2017, section 3,
        https://arxiv.org/abs/1708.04552

    Example:
        >>> cut = cutout(torch.ones(1, 3, 9, 9), side=4, generator=torch.Generator().manual_seed(1))
        >>> int((cut[0, 0] == 0.5).sum())
        16
    """
    check_images(images)
    if side < 1:
        raise ValueError(f"expected cutout `side` of at least 1 pixel, got {side}")
    height, width = images.shape[2:]
    top = choose(generator, images.device, height, len(images)) - side // 2
    left = choose(generator, images.device, width, len(images)) - side // 2
    inside = inside_box(images, (top, left), (top + side, left + side))
    return images.masked_fill(inside, fill if images.is_floating_point() else round(255 * fill))


def inside_box(images: Tensor, first: tuple[Tensor, Tensor], last: tuple[Tensor, Tensor]) -> Tensor:
    """(N, 1, H, W) bool, true in rows and columns ``first`` <= position < ``last``, each (top, left) of (N,)."""
    rows = torch.arange(images.shape[2], device=images.device).view(1, -1, 1)
    columns = torch.arange(images.shape[3], device=images.device).view(1, 1, -1)
    (top, left), (bottom, right) = ([end.view(-1, 1, 1) for end in ends] for ends in (first, last))
    return ((rows >= top) & (rows < bottom) & (columns >= left) & (columns < right)).unsqueeze(1)
