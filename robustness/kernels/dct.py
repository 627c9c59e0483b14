"""JPEG's rounding of 8 x 8 blocks, sixteen blocks side by side in the lanes of the processor.

The transforms are the flow graphs of Loeffler, Ligtenberg and Moschytz with libjpeg's constants in 1/8192.
Sums of whole numbers are the same in any order, so they equal the matrix products of
:mod:`robustness.corruptions.jpeg`.
"""

from typing import Any

import numpy as np
from numpy import int32

from robustness.kernels.jit import compiled, inlined

__all__ = ["BAND", "code_rows", "lane_steps"]

_LANES = 16
BAND = 8 * _LANES  # pixels of one row in a group of blocks
_HALF_11, _HALF_15 = 1 << 10, 1 << 14
_HALF_18 = (1 << 17) + (128 << 18)  # and the 128 that centred the samples


def lane_steps(steps: Any) -> tuple[Any, Any]:
    """Steps of the frequencies for each lane.

    Args:
        steps: (8, 8) int32, vertical by horizontal frequency.

    Returns:
        (1024,) int32 steps, and (1024,) float32 reciprocals of eight times the steps.
    """
    wide = np.repeat(np.asarray(steps, np.int32).ravel(), _LANES)
    return wide, (1 / (8 * wide)).astype(np.float32)


@compiled
def code_rows(samples: Any, steps: Any, reciprocals: Any, out: Any) -> None:
    """Round the frequencies of a row of blocks to multiples of their steps.

    Args:
        samples: (8, G * BAND) int32, centred at 0.
        steps: from :func:`lane_steps`.
        reciprocals: from :func:`lane_steps`.
        out: (8, G * BAND) uint8, the decoded samples.
    """
    work = np.empty(64 * _LANES, np.int32)
    for first in range(0, samples.shape[1], BAND):
        _waves_of_rows(samples, first, work)
        _waves_of_columns(work)
        _quantise(work, steps, reciprocals)
        _columns_of_waves(work)
        _rows_of_waves(work, first, out)


@inlined
def _forward(a: Any, b: Any, c: Any, d: Any, e: Any, f: Any, g: Any, h: Any) -> Any:
    # The casts keep every sum and product in 32 bits: numba would widen them to 64.
    s0, s1, s2, s3 = int32(a + h), int32(b + g), int32(c + f), int32(d + e)
    d0, d1, d2, d3 = int32(a - h), int32(b - g), int32(c - f), int32(d - e)
    outer, inner = int32(s0 - s3), int32(s1 - s2)
    both = int32(int32(outer + inner) * int32(4433))
    odd = int32(int32(d0 + d1 + d2 + d3) * int32(9633))
    odd_02 = int32(int32(int32(d0 + d2) * int32(-3196)) + odd)
    odd_13 = int32(int32(int32(d1 + d3) * int32(-16069)) + odd)
    odd_03, odd_12 = int32(int32(d0 + d3) * int32(-7373)), int32(int32(d1 + d2) * int32(-20995))
    return (
        int32(int32(s0 + s1 + s2 + s3) * int32(8192)),
        int32(int32(d0 * int32(12299)) + odd_03 + odd_02),
        int32(both + int32(outer * int32(6270))),
        int32(int32(d1 * int32(25172)) + odd_12 + odd_13),
        int32(int32(s0 + s3 - s1 - s2) * int32(8192)),
        int32(int32(d2 * int32(16819)) + odd_12 + odd_02),
        int32(both - int32(inner * int32(15137))),
        int32(int32(d3 * int32(2446)) + odd_03 + odd_13),
    )


@inlined
def _backward(a: Any, b: Any, c: Any, d: Any, e: Any, f: Any, g: Any, h: Any) -> Any:
    both = int32(int32(c + g) * int32(4433))
    inner, outer = int32(both - int32(g * int32(15137))), int32(both + int32(c * int32(6270)))
    plus, minus = int32(int32(a + e) * int32(8192)), int32(int32(a - e) * int32(8192))
    s0, s3 = int32(plus + outer), int32(plus - outer)
    s1, s2 = int32(minus + inner), int32(minus - inner)
    odd = int32(int32(b + d + f + h) * int32(9633))
    odd_bf = int32(int32(int32(b + f) * int32(-3196)) + odd)
    odd_dh = int32(int32(int32(d + h) * int32(-16069)) + odd)
    odd_bh, odd_df = int32(int32(b + h) * int32(-7373)), int32(int32(d + f) * int32(-20995))
    d0 = int32(int32(b * int32(12299)) + odd_bh + odd_bf)
    d1 = int32(int32(d * int32(25172)) + odd_df + odd_dh)
    d2 = int32(int32(f * int32(16819)) + odd_df + odd_bf)
    d3 = int32(int32(h * int32(2446)) + odd_bh + odd_dh)
    return (
        int32(s0 + d0),
        int32(s1 + d1),
        int32(s2 + d2),
        int32(s3 + d3),
        int32(s3 - d3),
        int32(s2 - d2),
        int32(s1 - d1),
        int32(s0 - d0),
    )


# The loops below hold eight times the same statement: in arrays or inner loops the eight values would leave
# the registers, and the loop over lanes would not use vector instructions.


@compiled
def _waves_of_rows(samples: Any, first: Any, work: Any) -> None:
    """Transform the rows of the blocks that begin at column ``first``; (8, 8, LANES) flattened to ``work``."""
    for y in range(8):
        row, waves = samples[y, first : first + BAND], work[y * BAND : (y + 1) * BAND]
        for lane in range(_LANES):
            x = 8 * lane
            a, b, c, d, e, f, g, h = _forward(
                row[x], row[x + 1], row[x + 2], row[x + 3], row[x + 4], row[x + 5], row[x + 6], row[x + 7]
            )
            waves[lane] = int32(a + _HALF_11) >> 11
            waves[lane + _LANES] = int32(b + _HALF_11) >> 11
            waves[lane + 2 * _LANES] = int32(c + _HALF_11) >> 11
            waves[lane + 3 * _LANES] = int32(d + _HALF_11) >> 11
            waves[lane + 4 * _LANES] = int32(e + _HALF_11) >> 11
            waves[lane + 5 * _LANES] = int32(f + _HALF_11) >> 11
            waves[lane + 6 * _LANES] = int32(g + _HALF_11) >> 11
            waves[lane + 7 * _LANES] = int32(h + _HALF_11) >> 11


@compiled
def _waves_of_columns(work: Any) -> None:
    for x in range(8):
        waves = work[x * _LANES :]
        for lane in range(_LANES):
            a, b, c, d, e, f, g, h = _forward(
                waves[lane],
                waves[lane + BAND],
                waves[lane + 2 * BAND],
                waves[lane + 3 * BAND],
                waves[lane + 4 * BAND],
                waves[lane + 5 * BAND],
                waves[lane + 6 * BAND],
                waves[lane + 7 * BAND],
            )
            waves[lane] = int32(a + _HALF_15) >> 15
            waves[lane + BAND] = int32(b + _HALF_15) >> 15
            waves[lane + 2 * BAND] = int32(c + _HALF_15) >> 15
            waves[lane + 3 * BAND] = int32(d + _HALF_15) >> 15
            waves[lane + 4 * BAND] = int32(e + _HALF_15) >> 15
            waves[lane + 5 * BAND] = int32(f + _HALF_15) >> 15
            waves[lane + 6 * BAND] = int32(g + _HALF_15) >> 15
            waves[lane + 7 * BAND] = int32(h + _HALF_15) >> 15


@compiled
def _quantise(work: Any, steps: Any, reciprocals: Any) -> None:
    """Round eight times the frequencies to the nearest multiples of their steps, halves away from 0."""
    for place in range(work.size):
        step, wave = steps[place], work[place]
        sign = int32(wave >> int32(31))
        # One half above the whole dividend keeps the quotient clear of whole numbers, so that rounding in
        # single precision cannot change its floor.
        dividend = np.float32(int32((wave ^ sign) - sign)) + (np.float32(step) * np.float32(4) + np.float32(0.5))
        multiple = int32(int32(dividend * reciprocals[place]) * step)
        work[place] = int32((multiple ^ sign) - sign)


@compiled
def _columns_of_waves(work: Any) -> None:
    for x in range(8):
        waves = work[x * _LANES :]
        for lane in range(_LANES):
            a, b, c, d, e, f, g, h = _backward(
                waves[lane],
                waves[lane + BAND],
                waves[lane + 2 * BAND],
                waves[lane + 3 * BAND],
                waves[lane + 4 * BAND],
                waves[lane + 5 * BAND],
                waves[lane + 6 * BAND],
                waves[lane + 7 * BAND],
            )
            waves[lane] = int32(a + _HALF_11) >> 11
            waves[lane + BAND] = int32(b + _HALF_11) >> 11
            waves[lane + 2 * BAND] = int32(c + _HALF_11) >> 11
            waves[lane + 3 * BAND] = int32(d + _HALF_11) >> 11
            waves[lane + 4 * BAND] = int32(e + _HALF_11) >> 11
            waves[lane + 5 * BAND] = int32(f + _HALF_11) >> 11
            waves[lane + 6 * BAND] = int32(g + _HALF_11) >> 11
            waves[lane + 7 * BAND] = int32(h + _HALF_11) >> 11


@inlined
def _level(value: Any) -> Any:
    return np.uint8(min(max(int32(int32(value + _HALF_18) >> int32(18)), int32(0)), int32(255)))


@compiled
def _rows_of_waves(work: Any, first: Any, out: Any) -> None:
    for y in range(8):
        row, waves = out[y, first : first + BAND], work[y * BAND : (y + 1) * BAND]
        for lane in range(_LANES):
            a, b, c, d, e, f, g, h = _backward(
                waves[lane],
                waves[lane + _LANES],
                waves[lane + 2 * _LANES],
                waves[lane + 3 * _LANES],
                waves[lane + 4 * _LANES],
                waves[lane + 5 * _LANES],
                waves[lane + 6 * _LANES],
                waves[lane + 7 * _LANES],
            )
            x = 8 * lane
            row[x], row[x + 1] = _level(a), _level(b)
            row[x + 2], row[x + 3] = _level(c), _level(d)
            row[x + 4], row[x + 5] = _level(e), _level(f)
            row[x + 6], row[x + 7] = _level(g), _level(h)
