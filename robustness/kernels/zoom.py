"""Zoom blur on a CPU: three channels in one 64-bit integer along the rows, one by one down the columns.

Where the samples of a row lie follows no pattern that vector instructions know. So the channels of a pixel
share an integer, 21 bits each, as many as a level times a weight needs: one multiplication interpolates all
three. Whole rows are interpolated after that, which is regular.
"""

from typing import Any

import numpy as np
import torch
from torch import Tensor

from robustness.corruptions.zoom import ROW_BITS, SUM_BITS, WEIGHT_BITS, Samples, axis_samples, zoom_factors
from robustness.kernels.jit import compiled, inlined

__all__ = ["zoom_blur"]

_BAND = 32  # rows that all enlargements are added to before the next
_LANE = 8 + WEIGHT_BITS  # bits of a channel
_DROPPED = WEIGHT_BITS - ROW_BITS
_INVERSE_BITS = 20


def zoom_blur(images: Tensor, constant: tuple[float, float], _keys: Tensor) -> Tensor:
    """Do as :func:`robustness.corruptions.zoom.zoom_blur` does."""
    factors = zoom_factors(*constant)
    rows, columns = (axis_samples(side, factors) for side in images.shape[2:])
    out = torch.empty_like(images)
    _zoom(images.numpy(), _arrays(rows), _arrays(columns), out.numpy())
    return out


def _arrays(samples: Samples) -> tuple[Any, Any]:
    return samples.places.numpy(), samples.weights.numpy()


@compiled
def _zoom(images: Any, rows: Any, columns: Any, out: Any) -> None:
    _, _, height, width = images.shape
    factors = rows[0].shape[0]
    joined = np.empty((height, 2 * width), np.uint64)
    total = np.empty((_BAND, 3 * width), np.int32)
    wide = np.empty((_BAND + 2, 3 * width), np.int32)
    pair = np.empty((2, width), np.uint64)
    for image in range(images.shape[0]):
        for y in range(height):
            _join(images[image, 0, y], images[image, 1, y], images[image, 2, y], joined[y])
        for first in range(0, height, _BAND):
            last = min(first + _BAND, height)
            for y in range(first, last):
                _begin(images[image, :, y], total[y - first])
            for factor in range(factors):
                across = columns[0][factor], columns[1][factor]
                down = rows[0][factor, first:last], rows[1][factor, first:last]
                _widen(joined, down[0], across, pair, wide)
                _add(wide, height, down[0], down[1], total)
            for y in range(first, last):
                _divide(total[y - first], factors + 2, out[image, :, y])


@compiled
def _join(red: Any, green: Any, blue: Any, line: Any) -> None:
    """Fill the first half of ``line`` with the pixels times 2^13, and the second with what each lacks of the next."""
    starts, slopes = line[: red.size], line[red.size :]
    for x in range(red.size):
        slopes[x] = _lanes(red[x], green[x], blue[x])
    half = 1 << (_DROPPED - 1)  # so that dropping bits rounds to the nearest
    halves = _lanes(half, half, half)
    for x in range(red.size):
        starts[x] = (slopes[x] << np.uint64(WEIGHT_BITS)) + halves
    # Where a channel falls, its difference borrows from the next; the sum of both pays back.
    for x in range(red.size - 1):
        slopes[x] = slopes[x + 1] - slopes[x]
    slopes[red.size - 1] = np.uint64(0)


@inlined
def _lanes(red: Any, green: Any, blue: Any) -> Any:
    return np.uint64(red) | np.uint64(green) << np.uint64(_LANE) | np.uint64(blue) << np.uint64(2 * _LANE)


@compiled
def _begin(channels: Any, total: Any) -> None:
    """The image itself, and its first enlargement, by 1."""
    width = channels.shape[1]
    for channel in range(3):
        levels = channels[channel]
        part = total[channel * width : (channel + 1) * width]
        for x in range(width):
            part[x] = np.int32(levels[x]) << np.int32(SUM_BITS + 1)


@compiled
def _widen(joined: Any, rows: Any, columns: Any, pair: Any, wide: Any) -> None:
    """Enlarge all rows between the first and the last that ``rows`` asks for, two at a time."""
    first, last = rows[0], min(rows[rows.size - 1] + 1, joined.shape[0] - 1)
    for y in range(first, last + 1, 2):
        _interpolate(joined[y], joined[min(y + 1, last)], columns[0], columns[1], pair)
        _split(pair[0], wide[y - first])
        _split(pair[1], wide[y - first + 1])


@compiled
def _interpolate(upper: Any, lower: Any, places: Any, weights: Any, pair: Any) -> None:
    width = places.size
    upper_starts, upper_slopes, upper_out = upper[:width], upper[width:], pair[0]
    lower_starts, lower_slopes, lower_out = lower[:width], lower[width:], pair[1]
    for x in range(width):
        place, weight = np.uint64(places[x]), np.uint64(weights[x])
        upper_out[x] = upper_starts[place] + upper_slopes[place] * weight
        lower_out[x] = lower_starts[place] + lower_slopes[place] * weight


@compiled
def _split(joined: Any, out: Any) -> None:
    width = joined.size
    red, green, blue = out[:width], out[width : 2 * width], out[2 * width :]
    mask = np.uint32((1 << (_LANE - _DROPPED)) - 1)
    for x in range(width):
        pixel = joined[x]
        red[x] = np.uint32(pixel >> np.uint64(_DROPPED)) & mask
        green[x] = np.uint32(pixel >> np.uint64(_LANE + _DROPPED)) & mask
        blue[x] = np.uint32(pixel >> np.uint64(2 * _LANE + _DROPPED)) & mask


@compiled
def _add(wide: Any, height: Any, places: Any, weights: Any, total: Any) -> None:
    for y in range(places.size):
        near, far = wide[places[y] - places[0]], wide[min(places[y] + 1, height - 1) - places[0]]
        _blend(near, far, weights[y], total[y])


@compiled
def _blend(near: Any, far: Any, weight: Any, total: Any) -> None:
    for place in range(total.size):
        blend = np.int32((near[place] << np.int32(WEIGHT_BITS)) + np.int32(far[place] - near[place]) * weight)
        total[place] += blend >> np.int32(WEIGHT_BITS + ROW_BITS - SUM_BITS)


@compiled
def _divide(total: Any, count: Any, channels: Any) -> None:
    # Division by multiplication, exact while 255 * count^2 stays below 2^20.
    inverse = np.int32((1 << _INVERSE_BITS) // count + 1)
    width = channels.shape[1]
    for channel in range(3):
        part = total[channel * width : (channel + 1) * width]
        out = channels[channel]
        for x in range(width):
            level = np.int32(part[x] >> np.int32(SUM_BITS)) * inverse
            out[x] = np.uint8(np.int32(level) >> np.int32(_INVERSE_BITS))
