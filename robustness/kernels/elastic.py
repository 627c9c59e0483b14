"""Elastic transform on a CPU, one image from the fields to the pixels, so that all of it stays in the cache."""

import math
from functools import lru_cache
from typing import Any

import numpy as np
import torch
from numpy import uint64
from torch import Tensor

from robustness.corruptions.elastic import STEP_BITS, TERM_BITS, TERM_LIMIT, inverse_affine
from robustness.corruptions.smoothing import FIELD_UNIT, sources
from robustness.kernels.draws import fill_words, stream_state, word
from robustness.kernels.jit import compiled, inlined
from robustness.kernels.smoothing import smoothing

__all__ = ["elastic_transform"]

_UNIT = FIELD_UNIT
_TERM = 1 << TERM_BITS
_DROP = TERM_BITS - STEP_BITS
_STEPS = 1 << STEP_BITS
# Three channels in one word: each lane holds a level times 1024, the sum of the four weights.
_LANE = 21
_LANE_MASK = (1 << _LANE) - 1
_LEVEL_BITS = 2 * STEP_BITS
_LEVEL = np.float32(2.0**-_LEVEL_BITS)


def elastic_transform(images: Tensor, constant: tuple[float, float, float], keys: Tensor) -> Tensor:
    """Do as :func:`robustness.corruptions.elastic.elastic_transform` does."""
    alpha, sigma, greatest = (float(number) for number in constant)
    height, width = images.shape[2:]
    noise = np.empty((len(images), 6))
    _draw_points(keys.numpy(), greatest, noise)
    maps = inverse_affine(torch.from_numpy(noise).view(-1, 3, 2), height, width).numpy()
    packed, warped = np.empty((2, height * width), np.uint64)
    words, fields = np.empty(2 * height * width, np.uint32), torch.empty(2, height, width, dtype=torch.float64).numpy()
    smooth, borders = smoothing(height, width, sigma, 3, "reflect"), _borders(height, width, alpha)
    out = torch.empty_like(images)
    for image, key, affine, target in zip(images.numpy(), keys.numpy(), maps, out.numpy(), strict=True):
        _pack(image, packed)
        _warp(packed, affine, width, warped)
        if alpha > 0:
            _draw_fields(key, words, fields.reshape(-1))
            for field in fields:
                smooth(field)
            _displace(warped, fields, alpha, borders, target)
        else:
            _unpack(warped, target.reshape(3, -1))
    return out


@lru_cache(maxsize=16)
def _borders(height: int, width: int, alpha: float) -> tuple[int, Any, Any]:
    """How far a displacement reaches, and where rows (times W) and columns so far outside come from."""
    reach = math.ceil(1.001 * alpha) + 2
    rows, columns = (sources(side, reach, "reflect").numpy().astype(np.uint32) for side in (height, width))
    return reach, rows * np.uint32(width), columns


@compiled
def _draw_points(keys: Any, greatest: Any, noise: Any) -> None:
    """Uniform displacements up to the greatest."""
    for image in range(keys.size):
        low, high = stream_state(keys[image], 0)
        for number in range(noise.shape[1]):
            share = np.float64(word(low, high, number) >> np.uint32(8)) * 2.0**-23 - 1
            noise[image, number] = share * greatest


@compiled
def _draw_fields(key: Any, words: Any, fields: Any) -> None:
    """Uniform noise in -1..1, in units of a field."""
    low, high = stream_state(key, 1)
    fill_words(low, high, 0, words)
    for place in range(fields.size):
        fields[place] = np.rint(np.float64(np.int32(words[place] >> np.uint32(8)) - np.int32(1 << 23)) * 0.5)


@compiled
def _pack(image: Any, packed: Any) -> None:
    _, height, width = image.shape
    for y in range(height):
        red, green, blue, target = image[0, y], image[1, y], image[2, y], packed[y * width : (y + 1) * width]
        for x in range(width):
            target[x] = uint64(red[x]) | (uint64(green[x]) << uint64(_LANE)) | (uint64(blue[x]) << uint64(2 * _LANE))


@compiled
def _warp(packed: Any, affine: Any, width: Any, warped: Any) -> None:
    """Sample an image where the affine map leads, at multiples of 1/32 pixel."""
    height = packed.size // width
    terms, steps = np.empty((2, width), np.int64), np.empty((2, width), np.int64)
    corners = np.empty((4, width), np.uint64)
    for axis in range(2):
        for x in range(width):
            terms[axis, x] = _term(affine[axis, 0] * _TERM * x)
    for y in range(height):
        for axis in range(2):
            first = _term(affine[axis, 1] * _TERM * y + affine[axis, 2] * _TERM) + (1 << (_DROP - 1))
            term, step = terms[axis], steps[axis]
            for x in range(width):
                step[x] = (term[x] + first) >> _DROP
        # Gathering apart from the arithmetic leaves it to vector instructions.
        _gather(packed, width, steps, corners)
        _weigh(corners, steps, warped[y * width : (y + 1) * width])


@compiled
def _gather(packed: Any, width: Any, steps: Any, corners: Any) -> None:
    """The four pixels around each place."""
    height = packed.size // width
    for x in range(width):
        column, row = steps[0, x] >> STEP_BITS, steps[1, x] >> STEP_BITS
        first = row * width + column
        right, below, last = first + 1, first + width, first + width + 1
        # Negative ones are large without a sign.
        if uint64(column) >= uint64(width - 1) or uint64(row) >= uint64(height - 1):
            left, far = _mirror(column, width), _mirror(column + 1, width)
            upper, lower = _mirror(row, height) * width, _mirror(row + 1, height) * width
            first, right, below, last = upper + left, upper + far, lower + left, lower + far
        corners[0, x], corners[1, x] = packed[uint64(first)], packed[uint64(right)]
        corners[2, x], corners[3, x] = packed[uint64(below)], packed[uint64(last)]


@compiled
def _weigh(corners: Any, steps: Any, out: Any) -> None:
    a, b, c, d = corners[0], corners[1], corners[2], corners[3]
    steps_x, steps_y = steps[0], steps[1]
    for x in range(out.size):
        across, down = steps_x[x] & (_STEPS - 1), steps_y[x] & (_STEPS - 1)
        both = across * down
        upper = a[x] * uint64(_STEPS * (_STEPS - across - down) + both) + b[x] * uint64(_STEPS * across - both)
        out[x] = upper + c[x] * uint64(_STEPS * down - both) + d[x] * uint64(both)


@inlined
def _term(value: Any) -> Any:
    return np.int64(min(max(np.rint(value), -TERM_LIMIT), TERM_LIMIT))


@inlined
def _mirror(place: Any, side: Any) -> Any:
    """Fold a place outside back in: d c b | a b c d | c b a."""
    last = max(side - 1, 1)
    place = abs(place) % (2 * last)
    return last - abs(place - last) if side > 1 else 0


@compiled
def _displace(warped: Any, fields: Any, alpha: Any, borders: Any, out: Any) -> None:
    """Sample an image where the fields lead."""
    reach, rows, columns = borders
    _, height, width = out.shape
    pixels = np.empty((2, width))
    cells, shares = np.empty((2, width), np.uint32), np.empty((2, width), np.float32)
    corners = np.empty((4, width), np.uint64)
    for y in range(height):
        for x in range(width):
            pixels[0, x], pixels[1, x] = x, y
        for axis in range(2):
            _split(fields[axis, y], alpha, pixels[axis], reach, (cells[axis], shares[axis]))
        for x in range(width):
            column, row = cells[0, x], cells[1, x]
            left, right = columns[column], columns[column + np.uint32(1)]
            above, below = rows[row], rows[row + np.uint32(1)]
            corners[0, x], corners[1, x] = warped[above + left], warped[above + right]
            corners[2, x], corners[3, x] = warped[below + left], warped[below + right]
        for band in range(3):
            _interpolate(corners, band * _LANE, shares, out[band, y])


@compiled
def _split(field: Any, alpha: Any, pixels: Any, reach: Any, target: Any) -> None:
    """Places that a row of pixels moves to: whole pixels, counted from ``reach`` outside, and the rest."""
    cells, shares = target
    for x in range(field.size):
        place = field[x] * _UNIT * alpha + pixels[x]
        cell = np.floor(place)
        cells[x] = np.uint32(np.int32(cell) + reach)
        shares[x] = np.float32(place - cell)


@compiled
def _interpolate(corners: Any, shift: Any, shares: Any, out: Any) -> None:
    upper_left, upper_right, lower_left, lower_right = corners[0], corners[1], corners[2], corners[3]
    across, down = shares[0], shares[1]
    for x in range(out.size):
        a, b = _lane(upper_left[x], shift), _lane(upper_right[x], shift)
        c, d = _lane(lower_left[x], shift), _lane(lower_right[x], shift)
        upper, lower = (b - a) * across[x] + a, (d - c) * across[x] + c
        # A power of two commutes with rounding, so the levels may be scaled last.
        out[x] = np.uint8(np.int32(((lower - upper) * down[x] + upper) * _LEVEL))


@inlined
def _lane(word: Any, shift: Any) -> Any:
    return np.float32(np.int32((word >> uint64(shift)) & uint64(_LANE_MASK)))


@compiled
def _unpack(warped: Any, out: Any) -> None:
    for band in range(3):
        target, shift = out[band], uint64(band * _LANE + _LEVEL_BITS)
        for place in range(target.size):
            target[place] = np.uint8(warped[place] >> shift)
