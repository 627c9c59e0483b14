"""More images out of few: copies in other hues, places or mirrored, where the classifier should not mind.

A copy asks what the layer would say if the image were that. An edit that images of the data do not differ by has no
place here: samples then vary in it because the copies do.
"""

from collections.abc import Callable, Sequence

import torch
from torch import Tensor
from torchvision.transforms.v2.functional import adjust_hue

from benchmarks.embedded import shifted

__all__ = ["EDITS", "check_edits", "edited", "mirrored", "moved", "turned_hue"]

_REACH = 16  # images move by up to one of this many parts of their side


def turned_hue(images: Tensor, generator: torch.Generator) -> Tensor:
    """Turn the hue of each image (N, 3, H, W) uint8 by a random angle."""
    turns = (torch.rand(len(images), generator=generator) - 0.5).tolist()
    return torch.stack([adjust_hue(image, turn) for image, turn in zip(images, turns, strict=True)])


def moved(images: Tensor, generator: torch.Generator) -> Tensor:
    """Move each image (N, 3, H, W) by up to a sixteenth of its side; the border is repeated."""
    floats = images.float()  # padding by repetition knows no bytes
    return shifted(floats, max(1, min(images.shape[2:]) // _REACH), generator).to(images.dtype)


def mirrored(images: Tensor, generator: torch.Generator) -> Tensor:
    """Mirror about half of the images (N, 3, H, W) from left to right."""
    turn = torch.rand(len(images), generator=generator) < 0.5
    return torch.where(turn[:, None, None, None], images.flip(3), images)


EDITS: dict[str, Callable[[Tensor, torch.Generator], Tensor]] = {
    "hue": turned_hue,
    "move": moved,
    "mirror": mirrored,
}
"""Images (N, 3, H, W) uint8 to a random copy of each, by name."""


def check_edits(names: Sequence[str]) -> None:
    """Refuse edits that do not exist.

    Raises:
        ValueError: with what there is.
    """
    if unknown := sorted({*names} - {*EDITS}):
        raise ValueError(f"expected --widen among {', '.join(EDITS)}, got {unknown[0]!r}")


def edited(images: Tensor, names: Sequence[str], generator: torch.Generator) -> Tensor:
    """Apply edits one after the other to images (N, 3, H, W) uint8."""
    for name in names:
        images = EDITS[name](images, generator)
    return images
