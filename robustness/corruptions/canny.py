"""Canny's edge detector with OpenCV's integer arithmetic: the same edges, pixel for pixel.

Linking weak edges to strong ones follows chains of any length, so it runs in SciPy, whatever the device.
"""

import numpy as np
import torch
from scipy import ndimage
from torch import Tensor
from torch.nn.functional import pad

__all__ = ["TAN_22_5", "TAN_BITS", "canny"]

TAN_BITS = 15
TAN_22_5 = round((2**0.5 - 1) * 2**TAN_BITS)
# Pixels of one image are neighbours also diagonally, those of different images never.
_NEIGHBOURS = np.stack([np.zeros((3, 3)), np.ones((3, 3)), np.zeros((3, 3))])


def canny(levels: Tensor, low: int, high: int) -> Tensor:
    """Find thin edges: ridges of the gradient above ``low`` that are linked to one above ``high``.

    Args:
        levels: (N, H, W) uint8.
        low: threshold of ``|dx| + |dy|``, exclusive, with Sobel's derivatives.
        high: as ``low``.

    Returns:
        (N, H, W) bool.

    Reference:
        J. Canny, "A Computational Approach to Edge Detection", PAMI 1986, sections VI and VIII,
        https://doi.org/10.1109/TPAMI.1986.4767851; details as in OpenCV's modules/imgproc/src/canny.cpp.

    Example:
        >>> step = torch.tensor([0, 0, 90, 90], dtype=torch.uint8).expand(1, 3, 4)
        >>> canny(step, 50, 150)[0, 1].tolist()
        [False, True, False, False]
    """
    across, down = _sobel(levels)
    strength = across.abs() + down.abs()
    ridges = _ridges(across, down, strength) & (strength > low)
    return _link(ridges, ridges & (strength > high))


def _sobel(levels: Tensor) -> tuple[Tensor, Tensor]:
    """Derivatives along x and y, (N, H, W) int32; border pixels repeat outwards."""
    padded = pad(levels[:, None].float(), (1, 1, 1, 1), mode="replicate")[:, 0].to(torch.int32)
    smooth_down = padded[:, :-2] + 2 * padded[:, 1:-1] + padded[:, 2:]
    smooth_across = padded[:, :, :-2] + 2 * padded[:, :, 1:-1] + padded[:, :, 2:]
    return smooth_down[:, :, 2:] - smooth_down[:, :, :-2], smooth_across[:, 2:] - smooth_across[:, :-2]


def _ridges(across: Tensor, down: Tensor, strength: Tensor) -> Tensor:
    """Where the strength is largest along the gradient, whose direction is one of four; (N, H, W) bool."""
    height, width = strength.shape[1:]
    padded = pad(strength, (1, 1, 1, 1))

    def neighbour(y: int, x: int) -> Tensor:
        return padded[:, 1 + y : 1 + y + height, 1 + x : 1 + x + width]

    run, rise = across.abs(), down.abs() << TAN_BITS
    shallow = run * TAN_22_5
    steep = shallow + (run << (TAN_BITS + 1))  # tan 67.5 = tan 22.5 + 2
    # Of two equal neighbours along an axis OpenCV keeps one, and diagonally none.
    along_x = (strength > neighbour(0, -1)) & (strength >= neighbour(0, 1))
    along_y = (strength > neighbour(-1, 0)) & (strength >= neighbour(1, 0))
    falling = (strength > neighbour(-1, -1)) & (strength > neighbour(1, 1))
    rising = (strength > neighbour(-1, 1)) & (strength > neighbour(1, -1))
    diagonal = torch.where((across ^ down) < 0, rising, falling)
    return torch.where(rise < shallow, along_x, torch.where(rise > steep, along_y, diagonal))


def _link(ridges: Tensor, strong: Tensor) -> Tensor:
    """Keep the connected ridges that hold a strong pixel."""
    chains, count = ndimage.label(ridges.cpu().numpy(), structure=_NEIGHBOURS)
    kept = np.zeros(count + 1, dtype=bool)
    kept[chains[strong.cpu().numpy()]] = True
    return torch.from_numpy(kept[chains]).to(ridges.device)
