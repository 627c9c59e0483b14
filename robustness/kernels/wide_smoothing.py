"""Convolution with a wide Gaussian, which is symmetric and so splits into parts of half the size.

With a window of values folded about its centre, the sums of opposite values give the symmetric part of the
results and the differences the antisymmetric part: two products with a quarter of the work each. Where the
border reflects, the sums alone are again a line that reflects, and can be folded again.
"""

from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np
import torch
from torch import Tensor

from robustness.corruptions.smoothing import WEIGHT_UNIT, gaussian_matrix, gaussian_taps, sources
from robustness.kernels.jit import compiled

__all__ = ["WideSmoothing"]

_LANES = 128  # lines that are smoothed side by side
_TILE = 4  # results and values that meet while they are in registers
_BLOCK = 32  # results per window
_DEEPEST = 3  # folds, each of which takes a bit more
_UNIT = WEIGHT_UNIT


class WideSmoothing:
    """Smooths fields of one size, one after another.

    Args:
        height: of the fields.
        width: of the fields.
        sigma: standard deviation in pixels, above 0.
        truncate: the Gaussian ends after this many standard deviations.
        border: ``"reflect"`` or ``"nearest"``.
    """

    def __init__(self, height: int, width: int, sigma: float, truncate: float, border: str) -> None:
        self._down, self._along = (tuple(_plan(side, sigma, truncate, border)) for side in (height, width))
        rows = max(int(plan[2].sum(0).max()) for plan in (self._down, self._along))
        # Zeros, because rows beyond the window meet weights of 0.
        self._values, self._results = torch.zeros(2, rows * _LANES, dtype=torch.float64).numpy()
        self._turned = torch.empty(width, height, dtype=torch.float64).numpy()

    def __call__(self, field: Any) -> None:
        """Smooth one field in place: (H, W) float64 of whole numbers below 2^26."""
        _smooth_and_turn(field, self._down, self._values, self._results, self._turned)
        _smooth_and_turn(self._turned, self._along, self._values, self._results, field)


class _Plan(NamedTuple):
    """How to smooth along a side, in windows that overlap.

    ``shape`` holds the results per window, the values per window and the number of folds; ``places`` tells
    where the values come from; ``sizes`` holds, of each product, the number of results and of values, and
    ``weights`` its weights tile by tile.
    """

    shape: Any
    places: Any
    sizes: Any
    weights: Any


@lru_cache(maxsize=64)
def _plan(side: int, sigma: float, truncate: float, border: str) -> _Plan:
    taps = gaussian_taps(sigma, truncate)
    radius = _whole_tiles(len(taps) // 2)
    if 2 * (_BLOCK + 2 * radius) < side:
        block, count = _BLOCK, -(-side // _BLOCK)
        matrix = torch.zeros(block, block + 2 * radius, dtype=torch.float64)
        spare = radius - len(taps) // 2
        for row in range(block):
            matrix[row, row + spare : row + spare + len(taps)] = taps
        places = sources(side, radius + block, border)[block : (count + 1) * block + 2 * radius]
    else:
        matrix, block = gaussian_matrix(side, sigma, truncate, border).div_(WEIGHT_UNIT), side
        places = torch.arange(side)
    products = _fold(matrix)
    sizes = np.array([[_whole_tiles(size) for size in product.shape] for product in products])
    shape = np.array([block, matrix.shape[1], len(products) - 1])
    return _Plan(shape, places.numpy(), sizes, torch.cat([_in_tiles(product) for product in products]).numpy())


def _fold(matrix: Tensor) -> list[Tensor]:
    """The products that remain of a matrix, in the order in which :func:`_fold_rows` leaves their values."""
    products: list[Tensor] = []
    while (
        len(products) < _DEEPEST
        and not any(size % (2 * _TILE) for size in matrix.shape)
        and torch.equal(matrix, matrix.flip(0, 1))
    ):
        left, right = matrix[: len(matrix) // 2].chunk(2, dim=1)
        products.insert(0, (left - right.flip(1)).flip(0, 1))
        matrix = left + right.flip(1)
    # Half of the sum and of the difference are meant: each fold doubles the results.
    return [matrix, *(product * 2.0**fold for fold, product in enumerate(products))]


def _in_tiles(matrix: Tensor) -> Tensor:
    rows, columns = (_whole_tiles(size) for size in matrix.shape)
    whole = torch.zeros(rows, columns, dtype=torch.float64)
    whole[: matrix.shape[0], : matrix.shape[1]] = matrix
    return whole.view(rows // _TILE, _TILE, columns // _TILE, _TILE).transpose(1, 2).reshape(-1)


def _whole_tiles(size: int) -> int:
    return -(-size // _TILE) * _TILE


@compiled
def _smooth_and_turn(field: Any, plan: Any, values: Any, results: Any, turned: Any) -> None:
    """Smooth along the columns of (H, W) to (W, H)."""
    shape, places, sizes, weights = plan
    block, length, folds = shape[0], shape[1], shape[2]
    for left in range(0, field.shape[1], _LANES):
        lanes = min(_LANES, field.shape[1] - left)
        for first in range(0, field.shape[0], block):
            for row in range(length):
                _copy(field[places[first + row], left : left + lanes], values[row * _LANES :])
            for fold in range(folds):
                _fold_rows(values, length >> fold, lanes)
            _multiply(values, sizes, weights, lanes, results)
            for fold in range(folds - 1, -1, -1):
                _fold_rows(results, block >> fold, lanes)
            _turn(results, min(block, field.shape[0] - first), _UNIT / (1 << folds), turned[left : left + lanes], first)


@compiled
def _copy(values: Any, target: Any) -> None:
    for place in range(values.size):
        target[place] = values[place]


@compiled
def _fold_rows(rows: Any, length: Any, lanes: Any) -> None:
    """Sums of opposite rows to the first half and differences to the second."""
    for row in range(length // 2):
        opposite = length - 1 - row
        first, last = rows[row * _LANES : row * _LANES + lanes], rows[opposite * _LANES : opposite * _LANES + lanes]
        for lane in range(lanes):
            total, difference = first[lane] + last[lane], first[lane] - last[lane]
            first[lane], last[lane] = total, difference


@compiled
def _multiply(values: Any, sizes: Any, weights: Any, lanes: Any, results: Any) -> None:
    first_result, first_value, place = 0, 0, 0
    for product in range(sizes.shape[0]):
        end_result, end_value = first_result + sizes[product, 0], first_value + sizes[product, 1]
        for result in range(first_result, end_result, 4):
            target = results[result * _LANES : (result + 4) * _LANES]
            for lane in range(target.size):
                target[lane] = 0
            for value in range(first_value, end_value, 4):
                _add_tile(values[value * _LANES :], weights[place : place + 16], lanes, target)
                place += 16
        first_result, first_value = end_result, end_value


@compiled
def _add_tile(values: Any, weights: Any, lanes: Any, results: Any) -> None:
    """Add four values to four results; written out, because arrays in the loop would leave the registers."""
    a, b, c, d = weights[0], weights[1], weights[2], weights[3]
    e, f, g, h = weights[4], weights[5], weights[6], weights[7]
    i, j, k, l = weights[8], weights[9], weights[10], weights[11]  # noqa: E741
    m, n, o, p = weights[12], weights[13], weights[14], weights[15]
    for lane in range(lanes):
        first, second = values[lane], values[lane + _LANES]
        third, fourth = values[lane + 2 * _LANES], values[lane + 3 * _LANES]
        results[lane] += first * a + second * b + third * c + fourth * d
        results[lane + _LANES] += first * e + second * f + third * g + fourth * h
        results[lane + 2 * _LANES] += first * i + second * j + third * k + fourth * l
        results[lane + 3 * _LANES] += first * m + second * n + third * o + fourth * p


@compiled
def _turn(results: Any, count: Any, scale: Any, turned: Any, first: Any) -> None:
    """Round ``count`` rows of results and write them as columns from the first on."""
    lanes = turned.shape[0]
    for row in range(count):
        values = results[row * _LANES : row * _LANES + lanes]
        for lane in range(lanes):
            values[lane] = np.rint(values[lane] * scale)
    whole = count - count % 4
    for row in range(0, whole, 4):
        values = results[row * _LANES :]
        for lane in range(lanes):
            target = turned[lane, first + row :]
            target[0], target[1] = values[lane], values[lane + _LANES]
            target[2], target[3] = values[lane + 2 * _LANES], values[lane + 3 * _LANES]
    for row in range(whole, count):
        for lane in range(lanes):
            turned[lane, first + row] = results[row * _LANES + lane]
