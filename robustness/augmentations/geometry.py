"""Operations that move pixels, after Pillow's bilinear affine transform: rotate, shear, translate.

Every function takes (N, 3, H, W) uint8 images and (N,) levels in -10..10, one for each image, and returns new uint8
images. The sign of a level is the direction. Pixels are read at their centres; a place outside of the image is black,
without blending at the border, and fractions of a grey level are dropped, both as Pillow does. Translations equal
Pillow's; rotations and shears are computed in float32 where Pillow has float64, so that about one pixel in a thousand
differs by one level.

Departure from AugMix's code: translations scale with the side that they move along, where the code has one square
size for all images.

Reference:
    Hendrycks et al., "AugMix: A Simple Data Processing Method to Improve Robustness and Uncertainty", ICLR 2020,
    appendix C and the published code, https://arxiv.org/abs/1912.02781
"""

import torch
import torch.nn.functional as F
from torch import Tensor

__all__ = ["rotate", "shear_x", "shear_y", "translate_x", "translate_y"]

# Of a grey level: what float32 loses on whole levels before the fraction is dropped.
_BELOW_WHOLE = 1e-3


def rotate(images: Tensor, levels: Tensor) -> Tensor:
    """Turn by ``int(3 level)`` degrees about the centre, counter-clockwise where the level is positive."""
    angle = -torch.deg2rad((levels.double() * 30 / 10).trunc())
    cosine, sine = angle.cos(), angle.sin()
    height, width = images.shape[2:]
    across = width / 2 - (cosine * width / 2 + sine * height / 2)
    down = height / 2 - (cosine * height / 2 - sine * width / 2)
    return _affine(images, (cosine, sine, across), (-sine, cosine, down))


def shear_x(images: Tensor, levels: Tensor) -> Tensor:
    """Read each row ``0.03 level`` pixels further right per pixel downwards."""
    one, zero = _constants(levels)
    return _affine(images, (one, levels.double() * 0.3 / 10, zero), (zero, one, zero))


def shear_y(images: Tensor, levels: Tensor) -> Tensor:
    """Read each column ``0.03 level`` pixels further down per pixel to the right."""
    one, zero = _constants(levels)
    return _affine(images, (one, zero, zero), (levels.double() * 0.3 / 10, one, zero))


def translate_x(images: Tensor, levels: Tensor) -> Tensor:
    """Read ``int(level W / 30)`` pixels further right."""
    return _shifted(images, levels, 3)


def translate_y(images: Tensor, levels: Tensor) -> Tensor:
    """Read ``int(level H / 30)`` pixels further down."""
    return _shifted(images, levels, 2)


def _shifted(images: Tensor, levels: Tensor, dim: int) -> Tensor:
    """Whole pixels, for which interpolation would only lose digits."""
    side = images.shape[dim]
    shift = (levels.double() * (side / 3) / 10).trunc().long()
    places = torch.arange(side, device=images.device) + shift.unsqueeze(1)
    shape = [len(images), 1, 1, 1]
    shape[dim] = side
    outside = ((places < 0) | (places >= side)).view(shape)
    return images.gather(dim, places.clamp(0, side - 1).view(shape).expand_as(images)).masked_fill_(outside, 0)


def _constants(levels: Tensor) -> tuple[Tensor, Tensor]:
    one = torch.ones_like(levels, dtype=torch.float64)
    return one, torch.zeros_like(one)


def _affine(images: Tensor, across: tuple[Tensor, Tensor, Tensor], down: tuple[Tensor, Tensor, Tensor]) -> Tensor:
    """Read the pixel centred at (x, y) from ``a x + b y + c`` along the row and the column, (N,) each, in pixels."""
    height, width = images.shape[2:]
    x = (torch.arange(width, device=images.device) + 0.5).view(1, 1, -1)
    y = (torch.arange(height, device=images.device) + 0.5).view(1, -1, 1)
    outside = torch.zeros((), dtype=torch.bool, device=images.device)
    grid = torch.empty(len(images), 2, height, width, device=images.device)
    for plane, coefficients, side in ((grid[:, 0], across, width), (grid[:, 1], down, height)):
        a, b, c = (value.float().view(-1, 1, 1) for value in coefficients)
        torch.add(a * x, b * y + c, out=plane)
        outside = outside | (plane < 0) | (plane >= side)
        plane.mul_(2 / side).sub_(1)  # from -1 to 1, edge to edge
    places = grid.permute(0, 2, 3, 1)
    read = F.grid_sample(images.float(), places, mode="bilinear", padding_mode="border", align_corners=False)
    return read.add_(_BELOW_WHOLE).masked_fill_(outside.unsqueeze(1), 0).to(torch.int16).to(torch.uint8)
