"""Gaussian and defocus blur on a CPU: rows and bands of rows that stay in the cache, long loops over neighbours.

Values of 8 bits and sums of two of them stay in 16 bits until they are multiplied, since loads, not
multiplications, take the time. Four taps are added at once, so that a total is loaded and stored a quarter
as often.
"""

from functools import lru_cache
from typing import Any

import numpy as np
import torch
from torch import Tensor

from robustness.corruptions.blur import WEIGHT_BITS, disc_runs, gaussian_units, mirrored_places
from robustness.kernels.jit import compiled, inlined

__all__ = ["defocus_blur", "gaussian_blur"]

_PIXELS = 2048  # of an image worked on at a time by the Gaussian filter
_BAND = 4096  # and by the disc, which needs wider margins
_AT_ONCE = 4  # taps or runs, as many as the kernels name


def gaussian_blur(images: Tensor, sigma: float, _keys: Tensor) -> Tensor:
    """Do as :func:`robustness.corruptions.blur.gaussian_blur` does."""
    out = torch.empty_like(images)
    _blur(images.flatten(0, 1).numpy(), _gaussian_taps(sigma), out.flatten(0, 1).numpy())
    return out


def defocus_blur(images: Tensor, constant: tuple[float, float], _keys: Tensor) -> Tensor:
    """Do as :func:`robustness.corruptions.blur.defocus_blur` does.

    Every run is a difference of two sums of all pixels before, and rows at the same distance above and below
    are added first, because their runs are the same.
    """
    out = torch.empty_like(images)
    margin, runs = _disc_table(*constant)
    rows, columns = (mirrored_places(side, margin).numpy() for side in images.shape[2:])
    _defocus(images.flatten(0, 1).numpy(), rows, columns, runs, out.flatten(0, 1).numpy())
    return out


@lru_cache(maxsize=64)
def _gaussian_taps(sigma: float) -> Any:
    """(1 + a multiple of 4,) int32: the weights at distance 0, 1, .., and zeros behind them."""
    units = gaussian_units(sigma)
    return np.pad(np.array(units, np.int32), (0, (1 - len(units)) % _AT_ONCE))


@lru_cache(maxsize=16)
def _disc_table(radius: float, sigma: float) -> tuple[int, Any]:
    """The margin, and (K, 3) int32 row, half width and weight of the runs in and below the centre's row."""
    margin, places = disc_runs(radius, sigma)
    runs = sorted((row, half, weight) for weight, where in places.items() for row, half in where if row >= 0)
    return margin, np.pad(np.array(runs, np.int32), ((0, -len(runs) % _AT_ONCE), (0, 0)))


@compiled
def _blur(planes: Any, taps: Any, out: Any) -> None:
    _, height, width = planes.shape
    radius = taps.size - 1
    line = np.empty(width + 2 * radius, np.uint16)
    sums = np.empty((height + 2 * radius) * width, np.int32)
    total = np.empty(_PIXELS, np.float64)
    levels_per_unit = taps * 2.0 ** (-2 * WEIGHT_BITS)
    for plane in range(planes.shape[0]):
        for y in range(height):
            _repeat_ends(planes[plane, y], line)
            _correlate(line, 1, taps, sums[(radius + y) * width : (radius + y + 1) * width])
        for y in range(radius):
            _copy(sums[radius * width :], sums[y * width : (y + 1) * width])
            last = radius + height - 1
            _copy(sums[last * width :], sums[(last + 1 + y) * width : (last + 2 + y) * width])
        flat = out[plane].reshape(-1)
        for first in range(0, flat.size, _PIXELS):
            part = total[: min(_PIXELS, flat.size - first)]
            _correlate(sums[first:], width, levels_per_unit, part)
            _drop_fractions(part, flat[first:])


@compiled
def _copy(source: Any, out: Any) -> None:
    for place in range(out.size):
        out[place] = source[place]


@compiled
def _repeat_ends(row: Any, line: Any) -> None:
    """Fill ``line`` with the row and as many copies of its ends as there is room for, half on each side."""
    margin = (line.size - row.size) // 2
    _copy(row, line[margin : margin + row.size])
    for place in range(margin):
        line[place] = row[0]
        line[line.size - 1 - place] = row[row.size - 1]


@compiled
def _correlate(values: Any, step: Any, taps: Any, total: Any) -> None:
    """Weigh the values at distance 0, 1, .. times ``step`` on both sides, first ``taps.size - 1`` steps in."""
    kind = values.dtype.type  # which holds the sum of two values
    middle = (taps.size - 1) * step
    centre = values[middle:]
    for place in range(total.size):
        total[place] = taps[0] * np.int32(centre[place])
    for first in range(1, taps.size, 4):
        tap0, tap1, tap2, tap3 = taps[first], taps[first + 1], taps[first + 2], taps[first + 3]
        left0, right0 = _both_sides(values, middle, first * step)
        left1, right1 = _both_sides(values, middle, (first + 1) * step)
        left2, right2 = _both_sides(values, middle, (first + 2) * step)
        left3, right3 = _both_sides(values, middle, (first + 3) * step)
        for place in range(total.size):
            pair0 = np.int32(kind(left0[place] + right0[place]))
            pair1 = np.int32(kind(left1[place] + right1[place]))
            pair2 = np.int32(kind(left2[place] + right2[place]))
            pair3 = np.int32(kind(left3[place] + right3[place]))
            total[place] += (tap0 * pair0 + tap1 * pair1) + (tap2 * pair2 + tap3 * pair3)


@inlined
def _both_sides(values: Any, middle: Any, distance: Any) -> Any:
    return values[middle - distance :], values[middle + distance :]


@compiled
def _drop_fractions(levels: Any, out: Any) -> None:
    for place in range(levels.size):
        out[place] = np.uint8(np.int32(levels[place]))


@compiled
def _defocus(planes: Any, rows: Any, columns: Any, runs: Any, out: Any) -> None:
    _, height, width = planes.shape
    margin = (columns.size - width) // 2
    pitch = columns.size + 1  # rows of the image with margins, and one place for the last sum
    band = max(_BAND // pitch, 1)
    sums = np.empty((rows.size + 1) * pitch, np.uint16)
    pairs = np.empty((margin + 1, (band + 1) * pitch), np.uint16)
    total = np.empty(band * pitch, np.int32)
    for plane in range(planes.shape[0]):
        for y in range(rows.size):
            _add_up(planes[plane, rows[y]], columns, sums[y * pitch : (y + 1) * pitch])
        for first in range(0, height, band):
            part = total[: min(band, height - first) * pitch]
            part[:] = 0
            _pair_rows(sums[first * pitch :], pitch, part.size + 2 * margin + 1, pairs)
            for run in range(0, runs.shape[0], 4):
                _add_runs(pairs, margin, runs[run : run + 4], part)
            for y in range(part.size // pitch):
                _cut_off(part[y * pitch :], out[plane, first + y])


@compiled
def _add_up(row: Any, columns: Any, sums: Any) -> None:
    """The sums of the pixels before each column, of 16 bits: differences of two are right up to 2^16."""
    total = np.uint32(0)
    for place in range(columns.size):
        sums[place] = np.uint16(total)
        total = np.uint32(total + row[columns[place]])
    sums[columns.size] = np.uint16(total)


@compiled
def _pair_rows(sums: Any, pitch: Any, size: Any, pairs: Any) -> None:
    """Fill row d of ``pairs`` with the sum of what stands d rows above and d rows below the band."""
    margin = pairs.shape[0] - 1
    _copy(sums[margin * pitch :], pairs[0, :size])
    for distance in range(1, margin + 1):
        pair = pairs[distance, :size]
        above, below = _both_sides(sums, margin * pitch, distance * pitch)
        for place in range(pair.size):
            pair[place] = np.uint16(above[place] + below[place])


@compiled
def _add_runs(pairs: Any, margin: Any, runs: Any, total: Any) -> None:
    weight0, weight1, weight2, weight3 = runs[0, 2], runs[1, 2], runs[2, 2], runs[3, 2]
    start0, end0 = _ends(pairs, margin, runs[0])
    start1, end1 = _ends(pairs, margin, runs[1])
    start2, end2 = _ends(pairs, margin, runs[2])
    start3, end3 = _ends(pairs, margin, runs[3])
    for place in range(total.size):
        run0 = np.int32(np.uint16(end0[place] - start0[place]))
        run1 = np.int32(np.uint16(end1[place] - start1[place]))
        run2 = np.int32(np.uint16(end2[place] - start2[place]))
        run3 = np.int32(np.uint16(end3[place] - start3[place]))
        total[place] += (weight0 * run0 + weight1 * run1) + (weight2 * run2 + weight3 * run3)


@inlined
def _ends(pairs: Any, margin: Any, run: Any) -> Any:
    sums = pairs[run[0]]
    return sums[margin - run[1] :], sums[margin + run[1] + 1 :]


@compiled
def _cut_off(total: Any, out: Any) -> None:
    for place in range(out.size):
        out[place] = np.uint8(min(max(total[place] >> np.int32(WEIGHT_BITS), np.int32(0)), np.int32(255)))
