"""Elastic transform: a random affine map, then a smooth random displacement of every pixel.

For other image sizes the constants, which are pixels, stay as they are. The original knows square images of
3 pixels and more only; here the three points that define the affine map lie about the middle of any image
and at least one pixel from it.

Departure from the original: fields smoothed in fixed point and displacement in single precision move a value
by less than 0.03 grey levels, and even areas never lose a level to truncation.
"""

from collections.abc import Callable

import torch
from torch import Tensor

from robustness.corruptions.draws import uniforms
from robustness.corruptions.levels import truncate
from robustness.corruptions.smoothing import smooth

__all__ = ["STEP_BITS", "TERM_BITS", "TERM_LIMIT", "elastic_transform", "inverse_affine"]

# OpenCV's warpAffine adds terms rounded to 1/1024 pixel and interpolates at multiples of 1/32 pixel.
TERM_BITS = 10
STEP_BITS = 5
TERM_LIMIT = 1 << 29  # reached where an affine map is almost singular
_GREATEST_FACTOR = 2.0**40


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
    steps = _affine_steps(inverse_affine(noise.view(-1, 3, 2), height, width), height, width)
    cells, shares = steps >> STEP_BITS, (steps & ((1 << STEP_BITS) - 1)).float().mul_(2.0**-STEP_BITS)
    # Exact: single precision holds levels in 1/1024.
    warped = _interpolate(images.float(), cells, shares, _mirror)
    if alpha > 0:
        fields = uniforms(keys, 2 * height * width, stream=1).mul_(2).sub_(1).view(-1, height, width)
        places = smooth(fields, sigma, truncate=3, border="reflect").mul_(alpha).view(-1, 2, height, width)
        places[:, 0] += _range(width, places)
        places[:, 1] += _range(height, places)[:, None]
        cells = places.floor()
        warped = _interpolate(warped, cells.long(), places.sub_(cells).float(), _reflect)
    return truncate(warped)


def inverse_affine(noise: Tensor, height: int, width: int) -> Tensor:
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
    maps = torch.cat([linear, offset[:, :, None]], 2)
    return maps.nan_to_num_(0).clamp_(-_GREATEST_FACTOR, _GREATEST_FACTOR)


def _affine_steps(maps: Tensor, height: int, width: int) -> Tensor:
    """Where (N, 2, 3) maps lead each pixel: (N, 2, H, W) int64, x and y in 1/32 pixel."""
    along_x, along_y, offset = (part[:, :, None] * (1 << TERM_BITS) for part in maps.unbind(2))
    first = (along_x * _range(width, maps)).round_()
    second = (along_y * _range(height, maps)).add_(offset).round_()
    terms = (term.clamp_(-TERM_LIMIT, TERM_LIMIT).long() for term in (first[:, :, None], second[:, :, :, None]))
    drop = TERM_BITS - STEP_BITS
    return sum(terms, torch.tensor(1 << (drop - 1), device=maps.device)) >> drop


def _range(side: int, like: Tensor) -> Tensor:
    return torch.arange(side, dtype=like.dtype, device=like.device)


def _interpolate(images: Tensor, cells: Tensor, shares: Tensor, fold: Callable[[Tensor, int], Tensor]) -> Tensor:
    """Interpolate images between pixels.

    Args:
        images: (N, 3, H, W) float32.
        cells: (N, 2, H, W) int64, x and y of the upper left one of four pixels.
        shares: (N, 2, H, W) float32, how far to the right and down from there, in 0..1.
        fold: maps pixels outside into a side of the image.

    Returns:
        (N, 3, H, W) float32.
    """
    height, width = images.shape[2:]
    flat, shape = images.flatten(2), images.shape
    (left, top), (across, down) = cells.unbind(1), shares[:, None].unbind(2)
    columns = fold(left, width), fold(left + 1, width)

    def row(y: Tensor) -> Tensor:
        a, b = (flat.gather(2, (y * width + x).view(len(flat), 1, -1).expand(-1, 3, -1)).view(shape) for x in columns)
        return (b - a).mul_(across).add_(a)

    # Products and sums are rounded one by one, so that every device gives the same bits.
    above, below = row(fold(top, height)), row(fold(top + 1, height))
    return below.sub_(above).mul_(down).add_(above)


def _mirror(place: Tensor, side: int) -> Tensor:
    """Fold places outside back in: d c b | a b c d | c b a."""
    last = max(side - 1, 1)
    return last - (place.remainder(2 * last) - last).abs() if side > 1 else torch.zeros_like(place)


def _reflect(place: Tensor, side: int) -> Tensor:
    """Fold places outside back in: d c b a | a b c d | d c b a."""
    place = place.remainder(2 * side)
    return torch.minimum(place, 2 * side - 1 - place)
