"""Elastic transform: a random affine map, then a smooth random displacement of every pixel.

For other image sizes the constants, which are pixels, stay as they are. The original knows square images of
3 pixels and more only; here the three points that define the affine map lie about the middle of any image
and at least one pixel from it.

Departure from the original: both interpolations are single precision, which moves a value by less than
0.03 grey levels, and whole results never lose a level to truncation.
"""

import torch
from torch import Tensor
from torch.nn.functional import grid_sample

from robustness.corruptions.draws import uniforms
from robustness.corruptions.levels import truncate
from robustness.corruptions.smoothing import smooth

__all__ = ["elastic_transform"]

# OpenCV's warpAffine adds terms rounded to 1/1024 pixel and interpolates at multiples of 1/32 pixel.
_TERM_BITS = 10
_STEP_BITS = 5
_LIMIT = 1 << 19  # pixels outside, reached where an affine map is almost singular
# Sampling in single precision may miss a whole result by 1e-4 of a grey level.
_ABOVE_WHOLE = 2.0**-10


def elastic_transform(images: Tensor, constant: tuple[float, float, float], keys: Tensor) -> Tensor:
    """Map three points to random places near them, and displace each pixel by a smoothed random field.

    Args:
        images: (N, 3, H, W) uint8.
        constant: factor alpha and standard deviation sigma of the smoothed field, and the greatest
            displacement of the three points; in pixels.
        keys: (N,) int64.

    Returns:
        (N, 3, H, W) uint8.

    Reference:
        Hendrycks and Dietterich, ICLR 2019, section 4.1, https://arxiv.org/abs/1903.12261
        P. Simard, D. Steinkraus and J. Platt, "Best Practices for Convolutional Neural Networks Applied to
        Visual Document Analysis", ICDAR 2003, section 2 (the displacement fields).
    """
    alpha, sigma, greatest = constant
    height, width = images.shape[2:]
    noise = uniforms(keys, 6, stream=0).double().mul_(2).sub_(1).mul_(greatest)
    places = _affine_places(_inverse_affine(noise.view(-1, 3, 2), height, width), height, width)
    warped = _sample_reflect_101(images.float(), *places)
    if alpha > 0:
        fields = uniforms(keys, 2 * height * width, stream=1).mul_(2).sub_(1).view(-1, height, width)
        shifts = smooth(fields, sigma, truncate=3, border="reflect").mul_(alpha).float()
        x, y = shifts.view(-1, 2, height, width).unbind(1)
        warped = _sample_reflect(warped, x.add_(_range(width, x)), y.add_(_range(height, y)[:, None]))
    return truncate(warped.add_(_ABOVE_WHOLE))


def _inverse_affine(noise: Tensor, height: int, width: int) -> Tensor:
    """The affine maps from three displaced points back to the points.

    Args:
        noise: (N, 3, 2) float64, displacement (x, y) of each point in pixels.
        height: of the image, in pixels.
        width: of the image, in pixels.

    Returns:
        (N, 2, 3) float64: rows x and y, columns for x, y and 1.
    """
    reach = max(min(height, width) // 3, 1)
    signs = torch.tensor([[1, 1], [1, -1], [-1, -1]], device=noise.device)
    points = torch.tensor([width // 2, height // 2], device=noise.device) + signs * reach
    moved = points + noise
    # The differences of the points, (0, 2 reach) and (2 reach, 0), determine the linear part.
    (down_x, down_y), (right_x, right_y) = ((moved[:, i] - moved[:, i + 1]).unbind(1) for i in (0, 1))
    scale = 2 * reach / (down_x * right_y - right_x * down_y)
    x_row = torch.stack([-down_y * scale, down_x * scale], 1)
    y_row = torch.stack([right_y * scale, -right_x * scale], 1)
    linear = torch.stack([x_row, y_row], 1)
    offset = points[2] - (linear * moved[:, None, 2]).sum(2)
    return torch.cat([linear, offset[:, :, None]], 2)


def _affine_places(maps: Tensor, height: int, width: int) -> tuple[Tensor, Tensor]:
    """Where (N, 2, 3) maps lead each pixel: x and y, each (N, H, W) float32 in 1/32 pixel."""
    along_x, along_y, offset = (part[:, :, None, None] * (1 << _TERM_BITS) for part in maps.unbind(2))
    first = (along_x * _range(width, maps)).round_()
    second = (along_y * _range(height, maps)[:, None]).add_(offset).round_()
    drop = 1 << (_TERM_BITS - _STEP_BITS)
    places = (first + second.add_(drop / 2)).div_(drop).floor_().mul_(2.0**-_STEP_BITS)
    x, y = places.clamp_(-_LIMIT, _LIMIT).float().unbind(1)
    return x, y


def _range(side: int, like: Tensor) -> Tensor:
    return torch.arange(side, dtype=like.dtype, device=like.device)


def _sample_reflect_101(images: Tensor, x: Tensor, y: Tensor) -> Tensor:
    """Interpolate (N, 3, H, W) images at (N, H, W) pixel coordinates; borders d c b | a b c d | c b a."""
    height, width = images.shape[2:]
    grid = torch.stack([x.mul_(2 / max(width - 1, 1)), y.mul_(2 / max(height - 1, 1))], 3).sub_(1)
    return grid_sample(images, grid, padding_mode="reflection", align_corners=True)


def _sample_reflect(images: Tensor, x: Tensor, y: Tensor) -> Tensor:
    """Interpolate (N, 3, H, W) images at (N, H, W) pixel coordinates; borders d c b a | a b c d | d c b a."""
    height, width = images.shape[2:]
    grid = torch.stack([x.add_(0.5).mul_(2 / width), y.add_(0.5).mul_(2 / height)], 3).sub_(1)
    return grid_sample(images, grid, padding_mode="reflection", align_corners=False)
