"""Random crops and flips, every image for itself."""

import torch
import torch.nn.functional as F
from torch import Tensor

from robustness.augmentations.pixels import check_images, choose, draw

__all__ = ["horizontal_flip", "random_crop"]


def random_crop(images: Tensor, *, padding: int, generator: torch.Generator) -> Tensor:
    """Pad with black and crop back to the same size at any place: a shift by up to ``padding`` pixels.

    Args:
        images: (N, 3, H, W), uint8 or float.
        padding: pixels on every side; 4 is usual for CIFAR.
        generator: of the places.

    Returns:
        New images of the same shape and dtype.

    Raises:
        ValueError: images of another shape, or a negative padding.

    Example:
        >>> random_crop(torch.ones(2, 3, 8, 8), padding=1, generator=torch.Generator().manual_seed(0)).shape
        torch.Size([2, 3, 8, 8])
    """
    check_images(images)
    if padding < 0:
        raise ValueError(f"expected `padding` of at least 0 pixels, got {padding}")
    count, _, height, width = images.shape
    padded = F.pad(images, (padding,) * 4)
    top, left = (choose(generator, images.device, 2 * padding + 1, count, 1) for _ in range(2))
    rows = torch.arange(height, device=images.device) + top
    columns = torch.arange(width, device=images.device) + left
    image = torch.arange(count, device=images.device).view(-1, 1, 1)
    # Indexing moves the channels last in memory order; the copy puts them back.
    return padded.permute(0, 2, 3, 1)[image, rows.unsqueeze(2), columns.unsqueeze(1)].permute(0, 3, 1, 2).contiguous()


def horizontal_flip(images: Tensor, *, generator: torch.Generator) -> Tensor:
    """Mirror left and right of every image with probability one half.

    Args:
        images: (N, 3, H, W), uint8 or float.
        generator: of the decisions.

    Returns:
        New images of the same shape and dtype.

    Raises:
        ValueError: images of another shape.

    Example:
        >>> row = torch.tensor([0.0, 1.0]).expand(4, 3, 1, 2)
        >>> horizontal_flip(row, generator=torch.Generator().manual_seed(0))[:, 0, 0].tolist()
        [[1.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 0.0]]
    """
    check_images(images)
    flipped = draw(generator, images.device, len(images), 1, 1, 1) < 0.5
    return torch.where(flipped, images.flip(3), images)
