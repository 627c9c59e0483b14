"""Occlusion: what the logit loses when a window of the image is covered."""

import math
from collections.abc import Callable
from dataclasses import dataclass, field

import torch
from torch import Tensor

from xai.attribution.copies import Copies, Known
from xai.attribution.probe import Probe, chosen_logits
from xai.attribution.result import Attribution

__all__ = ["Occlusion"]

Part = slice | list[int]
Made = Callable[["_Covered", Part], Tensor]

_FEWEST_PIXELS = 96 * 96  # in smaller images handling windows takes longer than computing everything


@dataclass(frozen=True, kw_only=True)
class Occlusion:
    """Loss of the logit, averaged over the covered windows that hold a pixel.

    Windows start at the upper left corner; the last ones are cut at the border, so that every pixel is covered.

    Attributes:
        window: side or (height, width) of what is covered, in pixels; an eighth of the image if None.
        stride: distance of windows, at most their size; half of it if None.
        baseline: what covers the pixels: a number, or pixels that broadcast to (N, 3, H, W). 0 is black.

    Reference:
        Zeiler and Fergus, Visualizing and Understanding Convolutional Networks, 2014, section 4.2,
        https://arxiv.org/abs/1311.2901
    """

    window: int | tuple[int, int] | None = None
    stride: int | tuple[int, int] | None = None
    baseline: float | Tensor = field(default=0.0)

    def explain(self, probe: Probe, images: Tensor, targets: Tensor) -> Attribution:
        """Explain the logit of each image's target."""
        rows, columns = (cover.to(images) for cover in self.covers(images.shape[2], images.shape[3]))
        fill = torch.as_tensor(self.baseline).to(images).expand_as(images)
        with torch.no_grad():
            whole = chosen_logits(probe.logits(images), targets)
            covered = [_Covered(*pixels, rows, columns) for pixels in zip(images, fill, strict=True)]
            made = _quickest(probe, covered[0])
            left = [_left(probe, one, made) for one in covered]
        chosen = torch.stack([logits[:, target] for logits, target in zip(left, targets, strict=True)])
        lost = whole[:, None, None] - chosen.view(len(images), len(rows), len(columns))
        maps = rows.T @ lost @ columns / (rows.sum(0)[:, None] * columns.sum(0))
        return Attribution(
            maps=maps.float(),
            method="occlusion",
            convention="logit lost when the pixel is covered, averaged over the windows that cover it",
        )

    def covers(self, height: int, width: int) -> tuple[Tensor, Tensor]:
        """Which rows (windows, H) and columns (windows, W) each window covers, as 0 and 1."""
        window = _pair(self.window) or (math.ceil(height / 8), math.ceil(width / 8))
        stride = _pair(self.stride) or (math.ceil(window[0] / 2), math.ceil(window[1] / 2))
        rows, columns = (_cover(*sizes) for sizes in zip((height, width), window, stride, strict=True))
        return rows, columns


class _Covered:
    """One image under every window: in full, or as copies that differ in a window."""

    def __init__(self, image: Tensor, fill: Tensor, rows: Tensor, columns: Tensor) -> None:
        self.image, self.fill, self.rows, self.columns = image, fill, rows.bool(), columns.bool()
        places = torch.cartesian_prod(torch.arange(len(rows)), torch.arange(len(columns)))
        self.row, self.column = places.to(image.device).unbind(1)
        self.whole = image[None]
        self.known: Known = {}

    def __len__(self) -> int:
        return len(self.row)

    def full(self, part: Part) -> Tensor:
        """(n, 3, H, W) copies."""
        covered = self.rows[self.row[part]][:, None, :, None] & self.columns[self.column[part]][:, None, None, :]
        return torch.where(covered, self.fill, self.image)

    def copies(self, part: Part) -> Tensor:
        """The same as :meth:`full`, but for what a network computes."""
        (top, height), (left, width) = _place(self.rows[self.row[part]]), _place(self.columns[self.column[part]])
        full = Copies(self.whole, self.full(part), torch.zeros_like(top), torch.zeros_like(left))
        return Copies(self.whole, full.crop((height, top), (width, left)), top, left, self.known)


def _left(probe: Probe, covered: _Covered, made: Made) -> Tensor:
    """Logits (windows, K) of an image under every window."""
    return torch.cat(list(probe.passes(len(covered), lambda part: probe.forward(made(covered, part)))))


def _quickest(probe: Probe, covered: _Covered) -> Made:
    """How to make copies for a network: as windows where it takes them and says of some the same as in full."""
    if covered.image[0].numel() < _FEWEST_PIXELS:
        return _Covered.full
    some = [0, len(covered) - 1]
    expected = probe.forward(covered.full(some))
    try:
        got = probe.forward(covered.copies(some))
    except Exception:  # what code makes of a tensor that is not quite one is up to the code
        return _Covered.full
    same = torch.allclose(got, expected, rtol=1e-3, atol=1e-3 * float(expected.abs().max()))
    return _Covered.copies if same else _Covered.full


def _place(cover: Tensor) -> tuple[Tensor, int]:
    """Where windows of the largest size start, so that each holds the covered pixels (n, side), and their size."""
    size = int(cover.sum(1).max())
    return cover.int().argmax(1).clamp(max=cover.shape[1] - size), size


def _pair(size: int | tuple[int, int] | None) -> tuple[int, int] | None:
    return (size, size) if isinstance(size, int) else size


def _cover(side: int, window: int, stride: int) -> Tensor:
    """(windows, side) 1 where a window covers the pixel."""
    if not 1 <= window <= side:
        raise ValueError(f"expected `window` in 1..{side}, the image's side, got {window}")
    if not 1 <= stride <= window:
        raise ValueError(f"expected `stride` in 1..{window}, so that no pixel is left out, got {stride}")
    first = torch.arange(math.ceil((side - window) / stride) + 1) * stride
    pixel = torch.arange(side)
    return ((pixel >= first[:, None]) & (pixel < first[:, None] + window)).float()
