"""More images out of few: copies in other hues, places or mirrored, where the classifier should not mind.

A copy asks what the layer would say if the image were that. An edit that images of the data do not differ by has no
place here: samples then vary in it because the copies do.
"""

from collections.abc import Callable, Sequence

import torch
from torch import Tensor

from benchmarks.embedded import shifted

__all__ = ["EDITS", "check_edits", "edited", "mirrored", "moved", "turned_hue"]

_REACH = 16  # images move by up to one of this many parts of their side


def turned_hue(images: Tensor, generator: torch.Generator) -> Tensor:
    """Turn the hue of each image (N, 3, H, W) uint8 by a random angle."""
    turns = torch.rand(len(images), generator=generator).to(images.device)
    pixels = images.float() / 255
    high, low = pixels.amax(1, keepdim=True), pixels.amin(1, keepdim=True)
    sixth = (_sixths(pixels, high, high - low) + 6 * turns[:, None, None, None]) % 6
    # Each channel is at its highest two sixths long, falls for one, is at its lowest for two, and rises again.
    away = (sixth - sixth.new_tensor([0.0, 2.0, 4.0]).view(1, 3, 1, 1)).abs()
    level = (2 - torch.minimum(away, 6 - away)).clamp(0, 1)
    return ((low + level * (high - low)) * 255).round().to(images.dtype)


def _sixths(pixels: Tensor, high: Tensor, chroma: Tensor) -> Tensor:
    """Hue (N, 1, H, W) in sixths of the circle from red; 0 where there is no colour."""
    red, green, blue = pixels.split(1, dim=1)
    step = chroma.clamp(min=1e-6)
    after_green = torch.where(high == green, 2 + (blue - red) / step, 4 + (red - green) / step)
    return torch.where(high == red, (green - blue) / step, after_green) * (chroma > 0)


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
