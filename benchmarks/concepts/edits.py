"""Parametric edits: copies of images, each changed by a strength of its own, whose factor is that strength.

Two copies of different images that were edited equally strongly share the edit and, as far as is known, nothing else.
Every corruption of :mod:`robustness.corruptions` is an edit by its name, its strength the severity.
"""

import hashlib
import math
from collections.abc import Callable, Sequence

import torch
import torch.nn.functional as F
from torch import Tensor

from robustness.corruptions import CORRUPTIONS, corrupt

__all__ = ["EDITS", "Edit", "choose_edit", "edit_strengths", "hue", "lightness", "tilt"]

Edit = Callable[[Tensor, Tensor], Tensor]
"""Images (N, 3, H, W) in [0, 1] and strengths (N,) in [0, 1) to edited images."""

_LIGHTEST = 2.0  # factor on pixels, and its inverse for the darkest
_WIDEST = math.pi / 6  # turned to either side
# From RGB to luma and two chroma axes and back, NTSC 1953: turning the chroma changes hue alone.
_YIQ = torch.tensor([[0.299, 0.587, 0.114], [0.595716, -0.274453, -0.321263], [0.211456, -0.522591, 0.311135]])


def hue(images: Tensor, strengths: Tensor) -> Tensor:
    """Turn every hue by a share of the colour circle; luma stays, up to clipping.

    Example:
        >>> red = torch.tensor([0.6, 0.4, 0.4]).view(1, 3, 1, 1)
        >>> turned = hue(red, torch.tensor([1 / 3]))
        >>> torch.allclose(hue(red, torch.tensor([0.0])), red), turned.argmax(1).item() != 0
        (True, True)
    """
    turn, zero = math.tau * strengths, torch.zeros_like(strengths)
    rows = [[zero + 1, zero, zero], [zero, turn.cos(), -turn.sin()], [zero, turn.sin(), turn.cos()]]
    middle = torch.stack([torch.stack(row, 1) for row in rows], 1)
    to = _YIQ.to(images)
    matrix = torch.linalg.inv(to) @ middle @ to
    return torch.einsum("nij,njhw->nihw", matrix, images).clamp(0, 1)


def lightness(images: Tensor, strengths: Tensor) -> Tensor:
    """Multiply pixels by 1/2 at strength 0 up to 2 at strength 1."""
    return (images * (_LIGHTEST ** (2 * strengths - 1)).view(-1, 1, 1, 1)).clamp(0, 1)


def tilt(images: Tensor, strengths: Tensor) -> Tensor:
    """Turn images by 30 degrees clockwise at strength 0 to 30 counter-clockwise at strength 1; borders are mirrored."""
    angle = _WIDEST * (2 * strengths - 1)
    height, width = images.shape[2:]
    cos, sin, zero = angle.cos(), angle.sin(), torch.zeros_like(angle)
    first = torch.stack([cos, -sin * height / width, zero], 1)
    second = torch.stack([sin * width / height, cos, zero], 1)
    grid = F.affine_grid(torch.stack([first, second], 1), list(images.shape), align_corners=False)
    return F.grid_sample(images, grid, mode="bilinear", padding_mode="reflection", align_corners=False)


EDITS: dict[str, Edit] = {"hue": hue, "lightness": lightness, "tilt": tilt}
"""Edits beside the corruptions, by name."""


def choose_edit(name: str, *, profile: str, seeds: Tensor) -> Edit:
    """An edit by name.

    Args:
        name: of :data:`EDITS`, or of a corruption, whose severities 0 (none) to 5 split the strengths evenly.
        profile: severity constants of corruptions.
        seeds: (N,) of the images that will be edited.

    Raises:
        ValueError: there is no such edit.
    """
    if name in EDITS:
        return EDITS[name]
    if name not in CORRUPTIONS:
        raise ValueError(f"expected --edits among {', '.join([*EDITS, *CORRUPTIONS])}, got {name!r}")

    def edit(images: Tensor, strengths: Tensor) -> Tensor:
        edited, severities = images.clone(), (6 * strengths).long().clamp(0, 5)
        for severity in severities.unique().tolist():
            chosen = (severities == severity).nonzero().flatten()
            if severity:
                edited[chosen] = corrupt(images[chosen], name, severity, seeds=seeds[chosen], profile=profile)
        return edited

    return edit


def edit_strengths(ids: Sequence[str], name: str, *, seed: int) -> Tensor:
    """(N,) strengths in [0, 1), float64, drawn for each image from a hash of its id.

    Example:
        >>> edit_strengths(["a", "b"], "hue", seed=0).equal(edit_strengths(["b", "a"], "hue", seed=0).flip(0))
        True
    """
    digests = (hashlib.blake2b(f"{seed}\0edit\0{name}\0{one}".encode(), digest_size=8).digest() for one in ids)
    return torch.tensor([int.from_bytes(digest) / 2**64 for digest in digests], dtype=torch.float64)
