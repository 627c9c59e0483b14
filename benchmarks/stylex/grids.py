"""What a training looks like from time to time: images, what became of them, and of them with the classes swapped."""

import torch
from torch import Tensor

from xai.stylex import StylEx

__all__ = ["sample_grid"]

_GAP = 2
_WHITE = 255


def sample_grid(system: StylEx, images: Tensor) -> Tensor:
    """Three rows: images, reconstructions, reconstructions with the two class probabilities exchanged.

    Args:
        system: a StylEx, half trained perhaps.
        images: (N, 3, side, side) uint8.

    Returns:
        (3, height, width) uint8.

    Example:
        >>> 3 * 8 + 2 * 2, 5 * 8 + 4 * 2  # height and width for five images of 8 pixels
        (28, 48)
    """
    with torch.no_grad():
        swapped = system.decode(system.condition_swapped(images))
        made = [(one * _WHITE).round().to(torch.uint8).cpu() for one in (system.reconstruct(images), swapped)]
    rows = [torch.cat(_spaced(list(row), dim=2), dim=2) for row in (images.cpu(), *made)]
    return torch.cat(_spaced(rows, dim=1), dim=1)


def _spaced(parts: list[Tensor], *, dim: int) -> list[Tensor]:
    """Parts with white bars between them."""
    size = list(parts[0].shape)
    size[dim] = _GAP
    bar = torch.full(size, _WHITE, dtype=torch.uint8)
    return [piece for part in parts for piece in (bar, part)][1:]
