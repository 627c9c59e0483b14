"""The images of a run in three parts, each with what the classifier and the autoencoder make of them.

Parts are of different images: one to learn from, one to stop and choose by, one to judge by. Copies made by
edits stay in the part of their image.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

from xai.invariances import Layers

__all__ = ["PARTS", "Pool", "fitting_size", "fold", "split_ids"]

PARTS = ("train", "held_out", "test")
"""What images are for."""

_SHARES = (0.6, 0.2)  # of the images, to learn from and to stop by; the rest judges
_STRIDE = 16  # sides of autoencoder images are multiples of it


@dataclass(frozen=True, kw_only=True)
class Pool:
    """Images of one part.

    Attributes:
        images: (N, 3, h, w) uint8 at the autoencoder's size.
        features: (N, D) of every layer, for the images as the classifier sees them.
    """

    images: Tensor
    features: Mapping[str, Tensor]

    def __len__(self) -> int:
        return len(self.images)


def fold(images: Tensor, layers: Layers, size: tuple[int, int], *, device: torch.device, batch_size: int) -> Pool:
    """Give images (N, 3, H, W) uint8 to the classifier, and keep them at the autoencoder's size."""
    small, features = [], []
    for part in images.split(batch_size):
        pixels = part.to(device)
        features.append({name: rows.cpu() for name, rows in layers.rows(pixels, batch_size=batch_size).items()})
        small.append(resized(pixels, size).cpu())
    joined = {name: torch.cat([part[name] for part in features]) for name in layers.names}
    return Pool(images=torch.cat(small), features=joined)


def resized(images: Tensor, size: tuple[int, int]) -> Tensor:
    """Images (N, 3, H, W) uint8 at another size, averaged rather than sampled."""
    if tuple(images.shape[2:]) == size:
        return images
    pixels = F.interpolate(images.float(), size=size, mode="bilinear", antialias=True)
    return pixels.round().clamp(0, 255).to(torch.uint8)


def fitting_size(size: tuple[int, int], side: int) -> tuple[int, int]:
    """Height and width for the autoencoder: at most ``side`` on the longer side, multiples of 16, at least 16.

    >>> fitting_size((224, 224), 64), fitting_size((32, 32), 64), fitting_size((480, 640), 64)
    ((64, 64), (32, 32), (48, 64))
    """
    scale = min(1.0, side / max(size))
    height, width = (max(_STRIDE, round(scale * length / _STRIDE) * _STRIDE) for length in size)
    return height, width


def split_ids(count: int, seed: int) -> dict[str, Tensor]:
    """Deal places 0..count-1 to the parts at random.

    Raises:
        ValueError: fewer images than every part needs some of.
    """
    if count < 20:
        raise ValueError(f"expected at least 20 images that can be read and classified, got {count}; add images")
    order = torch.randperm(count, generator=torch.Generator().manual_seed(seed))
    first, second = (int(share * count) for share in _SHARES)
    return dict(zip(PARTS, (part.sort().values for part in _cut(order, first, second)), strict=True))


def _cut(order: Tensor, first: int, second: int) -> Sequence[Tensor]:
    return order[:first], order[first : first + second], order[first + second :]
