"""The relief of water on a CPU: distance to the edges, spread over the levels, embossed and smoothed.

The shortest ways come from two sweeps over the image, which know the ways through the rows before; the moves
that end in the row itself are added last, since only they need the pixel just finished.
"""

from typing import Any

import numpy as np
from numpy import int32

from robustness.corruptions.spatter import FARTHEST, MOVES, PIXEL
from robustness.kernels.canny import canny
from robustness.kernels.jit import compiled

__all__ = ["Relief", "edge_distance"]

_STRAIGHT, _DIAGONAL, _KNIGHT = MOVES
_LIMIT = FARTHEST * PIXEL
_NINE_PIXELS = 9 * PIXEL
_MARGIN = 2  # pixels around the image, as far as a knight's move reaches


class Relief:
    """Does as :func:`robustness.corruptions.spatter.water_relief` does, for images of one size."""

    def __init__(self, height: int, width: int) -> None:
        self._edges = np.empty((height, width), np.uint8)
        self._distance = np.empty((height + 2 * _MARGIN, width + 2 * _MARGIN), np.int32)
        self._padded = np.empty((height + 2, width + 2), np.int32)
        self._sums = np.empty((height, width), np.int32)

    def __call__(self, depth: Any) -> Any:
        """From (H, W) uint8 to (H, W) int32, which the next call overwrites."""
        canny(depth, 50, 150, self._edges)
        edge_distance(self._edges, self._distance)
        _mean_levels(self._distance, self._padded, self._sums)
        _equalize(self._padded)
        _emboss(self._padded, self._sums)
        _mean(self._padded, self._sums)
        return self._sums


@compiled
def edge_distance(edges: Any, distance: Any) -> None:
    """Do as :func:`robustness.corruptions.spatter.edge_distance` does, for one image.

    Args:
        edges: (H, W) uint8, not 0 at edges.
        distance: (H + 4, W + 4) int32, with a margin of two pixels.
    """
    height, width = edges.shape
    for y in range(distance.shape[0]):
        row = distance[y]
        for x in range(row.size):
            row[x] = _LIMIT
    for y in range(height):
        row, here = distance[y + _MARGIN], edges[y]
        target = row[_MARGIN : _MARGIN + width]
        for x in range(width):
            target[x] = 0 if here[x] != 0 else _LIMIT
        _reach(distance[y], distance[y + 1], target)
        for x in range(_MARGIN, _MARGIN + width):
            row[x] = min(row[x], int32(row[x - 1] + _STRAIGHT))
    for y in range(height - 1, -1, -1):
        row = distance[y + _MARGIN]
        _reach(distance[y + 4], distance[y + 3], row[_MARGIN : _MARGIN + width])
        for x in range(width + _MARGIN - 1, _MARGIN - 1, -1):
            row[x] = min(row[x], int32(row[x + 1] + _STRAIGHT))


@compiled
def _reach(two_off: Any, one_off: Any, row: Any) -> None:
    """Shorten the ways by those that come from two rows with a margin, on the same side of this row."""
    for x in range(row.size):
        straight = int32(one_off[x + 2] + _STRAIGHT)
        diagonal = int32(min(one_off[x + 1], one_off[x + 3]) + _DIAGONAL)
        knight = int32(min(one_off[x], one_off[x + 4], two_off[x + 1], two_off[x + 3]) + _KNIGHT)
        row[x] = min(straight, diagonal, knight, row[x])


@compiled
def _mean_levels(distance: Any, padded: Any, sums: Any) -> None:
    """Whole pixels of the mean distance in 3 x 3 pixels, inside of the border of ``padded``."""
    height, width = sums.shape
    for y in range(height):
        row, target = distance[y + _MARGIN, _MARGIN:], padded[y + 1, 1:]
        for x in range(width):
            target[x] = row[x]
    _sum_3x3(padded, sums)
    for y in range(height):
        row, target = sums[y], padded[y + 1, 1:]
        for x in range(width):
            # In double precision and then single, because OpenCV's last bit decides on truncation.
            target[x] = int32(np.float32(np.float64(row[x]) / _NINE_PIXELS))


@compiled
def _equalize(padded: Any) -> None:
    """Spread the levels inside of the border by their ranks, in place."""
    height, width = padded.shape[0] - 2, padded.shape[1] - 2
    counts = np.zeros(FARTHEST + 1, np.int64)
    for y in range(height):
        row = padded[y + 1, 1:]
        for x in range(width):
            counts[row[x]] += 1
    first = 0
    while counts[first] == 0:
        first += 1
    others = height * width - counts[first]
    if others == 0:
        return
    scale = np.float32(255) / np.float32(others)
    table = np.zeros(FARTHEST + 1, np.int32)
    rank = 0
    for level in range(first + 1, FARTHEST + 1):
        rank += counts[level]
        table[level] = int32(min(np.rint(np.float32(rank) * scale), np.float32(255)))
    for y in range(height):
        row = padded[y + 1, 1:]
        for x in range(width):
            row[x] = table[row[x]]


@compiled
def _emboss(padded: Any, sums: Any) -> None:
    """Light the levels inside of the border from the upper left, in place."""
    _mirror(padded)
    height, width = sums.shape
    for y in range(height):
        above, here, below, target = padded[y], padded[y + 1], padded[y + 2], sums[y]
        for x in range(width):
            dark = 2 * above[x] + above[x + 1] + here[x]
            bright = here[x + 1] + here[x + 2] + below[x + 1] + 2 * below[x + 2]
            target[x] = min(max(int32(bright - dark), int32(0)), int32(255))
    for y in range(height):
        row, target = sums[y], padded[y + 1, 1:]
        for x in range(width):
            target[x] = row[x]


@compiled
def _mean(padded: Any, means: Any) -> None:
    """The mean of 3 x 3 levels, to the nearest."""
    _sum_3x3(padded, means)
    for y in range(means.shape[0]):
        row = means[y]
        for x in range(row.size):
            row[x] = np.uint32(row[x] + 4) // np.uint32(9)


@compiled
def _sum_3x3(padded: Any, sums: Any) -> None:
    """Sums of 3 x 3 values; overwrites the border."""
    _mirror(padded)
    columns = np.empty(padded.shape[1], np.int32)
    for y in range(sums.shape[0]):
        above, here, below, target = padded[y], padded[y + 1], padded[y + 2], sums[y]
        for x in range(columns.size):
            columns[x] = above[x] + here[x] + below[x]
        for x in range(target.size):
            target[x] = columns[x] + columns[x + 1] + columns[x + 2]


@compiled
def _mirror(padded: Any) -> None:
    """Fill the border, one pixel wide, with b | a b c | b, or with a | a | a."""
    height, width = padded.shape
    inner = min(2, width - 2)
    for y in range(1, height - 1):
        row = padded[y]
        row[0], row[width - 1] = row[inner], row[width - 1 - inner]
    inner = min(2, height - 2)
    for x in range(width):
        padded[0, x], padded[height - 1, x] = padded[inner, x], padded[height - 1 - inner, x]
