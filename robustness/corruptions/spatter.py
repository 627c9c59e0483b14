"""Spatter: drops of water or splashes of mud on the lens.

For other image sizes the constants, which are pixels or levels, stay as they are. The steps on whole numbers
repeat OpenCV's results exactly; where no drop falls, the original divides zero by zero, and here the image
stays as it is.
"""

from functools import lru_cache

import torch
from torch import Tensor

from robustness.corruptions.canny import canny
from robustness.corruptions.draws import normals
from robustness.corruptions.levels import look_up, truncate
from robustness.corruptions.smoothing import smooth

__all__ = [
    "ABOVE_WHOLE",
    "COVERED",
    "FARTHEST",
    "MOVES",
    "MUD",
    "PIXEL",
    "WATER",
    "edge_distance",
    "equalize",
    "spatter",
    "water_relief",
]

WATER = (175, 238, 238)
MUD = (63, 42, 20)
COVERED = 0.8  # the least share of mud that shows
ABOVE_WHOLE = 1e-3  # levels, so that a full cover has the colour of mud whatever rounding takes away
FARTHEST = 20  # pixels
# The lengths 1, 1.4 and 2.1969 of a straight, a diagonal and a chess knight's move, in whole numbers so that
# sums are exact.
PIXEL = 10_000
MOVES = (10_000, 14_000, 21_969)
_RELIEF = ((-2, -1, 0), (-1, 1, 1), (0, 1, 2))


def spatter(images: Tensor, constant: tuple[float, float, float, float, float, int], keys: Tensor) -> Tensor:
    """Splash a liquid on the image: water is added, mud covers.

    Args:
        images: (N, 3, H, W) uint8.
        constant: mean and standard deviation of the noise, sigma of its smoothing, the threshold of the
            liquid, its intensity (of mud: the sigma of another smoothing), and 0 for water or 1 for mud.
        keys: (N,) int64.

    Returns:
        (N, 3, H, W) uint8.

    Reference:
        Hendrycks and Dietterich, ICLR 2019, appendix B, https://arxiv.org/abs/1903.12261
    """
    mean, deviation, sigma, threshold, intensity, kind = constant
    height, width = images.shape[2:]
    noise = normals(keys, height * width).view(-1, height, width).mul_(deviation).add_(mean)
    liquid = smooth(noise, sigma, truncate=4, border="nearest")
    liquid.mul_(liquid >= threshold)
    if kind == 0:
        return _add_water(images, liquid, intensity)
    return _cover_with_mud(images, liquid > threshold, intensity)


def _add_water(images: Tensor, liquid: Tensor, intensity: float) -> Tensor:
    depth = (liquid * 255).to(torch.int32).to(torch.uint8)  # wraps around above 255, as the original does
    amount = depth.float().mul_(water_relief(depth))
    amount.div_(amount.amax((1, 2), keepdim=True).clamp_(min=1)).mul_(intensity)
    colour = torch.tensor(WATER, dtype=torch.float32, device=images.device).view(3, 1, 1)
    return truncate((amount[:, None] * colour).add_(images))


def _cover_with_mud(images: Tensor, splashes: Tensor, sigma: float) -> Tensor:
    cover = smooth(splashes.float(), sigma, truncate=4, border="nearest").float()
    cover.mul_(cover >= COVERED)
    colour = torch.tensor(MUD, dtype=torch.float32, device=images.device).view(3, 1, 1)
    mud = (cover[:, None] * colour).add_(ABOVE_WHOLE)
    return truncate((1 - cover[:, None]).mul(images).add_(mud))


def water_relief(depth: Tensor) -> Tensor:
    """How brightly water of a given depth shines: an embossed map of the distance to its edges.

    Args:
        depth: (N, H, W) uint8.

    Returns:
        (N, H, W) int32, in 0..255.
    """
    distance = edge_distance(canny(depth, 50, 150))
    # In double precision and then single, because OpenCV's last bit decides on truncation.
    mean = _sum_3x3(distance).double().div_(9 * PIXEL).float()
    levels = equalize(mean.to(torch.int32))
    return (_sum_3x3(_emboss(levels)) + 4) // 9


def edge_distance(edges: Tensor) -> Tensor:
    """Length of the shortest way to an edge, in straight, diagonal and chess knight's moves.

    Args:
        edges: (N, H, W) bool.

    Returns:
        (N, H, W) int32 in units of 1e-4 pixel, at most 20 pixels.

    Reference:
        G. Borgefors, "Distance Transformations in Digital Images", CVGIP 1986, section 4 (5 x 5 masks),
        https://doi.org/10.1016/S0734-189X(86)80047-0; OpenCV's ``distanceTransform`` with mask size 5.
    """
    table = _move_lengths().to(edges.device)
    rows = _distance_along_column(edges)
    width = edges.shape[2]
    distance = look_up(table[0], rows)
    for columns in range(1, min(FARTHEST, width)):
        reach = look_up(table[columns], rows)
        for near, far in (
            (slice(columns, None), slice(width - columns)),
            (slice(width - columns), slice(columns, None)),
        ):
            torch.minimum(distance[:, :, near], reach[:, :, far], out=distance[:, :, near])
    return distance


def _distance_along_column(edges: Tensor) -> Tensor:
    """Rows to the nearest edge above or below, (N, H, W) int32; 20 stands for 20 and more."""
    rows = torch.where(edges, 0, FARTHEST).to(torch.int32)
    for step in (1, 2, 4, 8, 16):  # together any number up to 31
        nearer = rows.clone()
        nearer[:, step:] = torch.minimum(nearer[:, step:], rows[:, :-step] + step)
        nearer[:, :-step] = torch.minimum(nearer[:, :-step], rows[:, step:] + step)
        rows = nearer
    return rows


@lru_cache(maxsize=1)
def _move_lengths() -> Tensor:
    """(20, 21) int32: the shortest way by so many columns and rows, at most 20 pixels."""
    columns, rows = torch.meshgrid(torch.arange(FARTHEST), torch.arange(FARTHEST + 1), indexing="ij")
    more, less = torch.maximum(columns, rows), torch.minimum(columns, rows)
    straight, diagonal, knight = MOVES
    # A knight's move goes by 2 and 1: the rest of the way is straight, or diagonal.
    flat = (more - 2 * less) * straight + less * knight
    oblique = (2 * less - more) * diagonal + (more - less) * knight
    lengths = torch.where(more >= 2 * less, flat, oblique)
    return lengths.clamp(max=FARTHEST * PIXEL).to(torch.int32)


def equalize(levels: Tensor) -> Tensor:
    """Spread the levels of each image by their ranks over 0..255; an image of one level stays.

    Args:
        levels: (N, H, W) int32, in 0..20.

    Returns:
        (N, H, W) int32, as OpenCV's ``equalizeHist``.
    """
    count, size = len(levels), FARTHEST + 1
    first = torch.arange(0, count * size, size, dtype=torch.int32, device=levels.device)
    index = levels + first.view(-1, 1, 1)
    ranks = torch.bincount(index.view(-1), minlength=count * size).view(count, size).cumsum(1)
    pixels = ranks[:, -1:]
    lowest = ranks.masked_fill(ranks == 0, levels[0].numel()).amin(1, keepdim=True)
    scale = torch.full_like(lowest, 255, dtype=torch.float32) / (pixels - lowest).float()
    table = (ranks - lowest).float().mul_(scale).round_().clamp_(0, 255)
    same = torch.arange(size, device=levels.device).float()
    table = torch.where(lowest == pixels, same, table).to(torch.int32)
    return look_up(table.view(-1), index)


def _emboss(levels: Tensor) -> Tensor:
    height, width = levels.shape[1:]
    padded = _pad_reflect_101(levels)
    total = torch.zeros_like(levels)
    for y, weights in enumerate(_RELIEF):
        for x, weight in enumerate(weights):
            total += weight * padded[:, y : y + height, x : x + width]
    return total.clamp_(0, 255)


def _sum_3x3(values: Tensor) -> Tensor:
    padded = _pad_reflect_101(values)
    rows = padded[:, :-2] + padded[:, 1:-1] + padded[:, 2:]
    return rows[:, :, :-2] + rows[:, :, 1:-1] + rows[:, :, 2:]


def _pad_reflect_101(values: Tensor) -> Tensor:
    """One pixel on each side of (N, H, W): b | a b c | b, and a | a | a."""
    for axis in (1, 2):
        side = values.shape[axis]
        inner = min(1, side - 1)
        before, after = values.narrow(axis, inner, 1), values.narrow(axis, side - 1 - inner, 1)
        values = torch.cat([before, values, after], axis)
    return values
