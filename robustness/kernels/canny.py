"""Canny's edges on a CPU, one image at a time; most pixels have no gradient and are left at once."""

from typing import Any

import numpy as np
from numpy import int32

from robustness.corruptions.canny import TAN_22_5, TAN_BITS
from robustness.kernels.jit import compiled, inlined

__all__ = ["canny"]

_WEAK, _EDGE = 1, 2
_BITS, _TAN = TAN_BITS, TAN_22_5


@compiled
def canny(levels: Any, low: Any, high: Any, edges: Any) -> None:
    """Do as :func:`robustness.corruptions.canny.canny` does, for one image.

    Args:
        levels: (H, W) uint8.
        low: threshold of the gradient, exclusive.
        high: as ``low``.
        edges: (H, W) uint8, 1 at edges and 0 elsewhere.
    """
    height, width = levels.shape
    # The strength has a border of zeros, so that every pixel has eight neighbours; the marks have one, too.
    strength = np.zeros((height + 2, width + 2), np.int32)
    across, down = np.empty((height, width), np.int32), np.empty((height, width), np.int32)
    _gradient(levels, across, down, strength)
    marks = np.zeros((height + 2) * (width + 2), np.uint8)
    stack = np.empty(height * width, np.int64)
    count = _mark_ridges(across, down, strength, (low, high), marks, stack)
    _link(marks, width + 2, stack, count)
    for y in range(height):
        row, mark = edges[y], marks[(y + 1) * (width + 2) + 1 :]
        for x in range(width):
            row[x] = np.uint8(mark[x] == _EDGE)


@compiled
def _gradient(levels: Any, across: Any, down: Any, strength: Any) -> None:
    """Sobel's derivatives, with border pixels repeated outwards, and the sum of their magnitudes."""
    height, width = levels.shape
    total, change = np.empty(width + 2, np.int32), np.empty(width + 2, np.int32)
    for y in range(height):
        above, here, below = levels[max(y - 1, 0)], levels[y], levels[min(y + 1, height - 1)]
        inner_total, inner_change = total[1 : width + 1], change[1 : width + 1]
        for x in range(width):
            inner_total[x] = int32(above[x]) + 2 * int32(here[x]) + int32(below[x])
        for x in range(width):
            inner_change[x] = int32(below[x]) - int32(above[x])
        total[0], total[width + 1] = total[1], total[width]
        change[0], change[width + 1] = change[1], change[width]
        along_x, along_y, target = across[y], down[y], strength[y + 1, 1 : width + 1]
        for x in range(width):
            along_x[x] = total[x + 2] - total[x]
        for x in range(width):
            along_y[x] = change[x] + 2 * change[x + 1] + change[x + 2]
        for x in range(width):
            target[x] = abs(along_x[x]) + abs(along_y[x])


@compiled
def _mark_ridges(across: Any, down: Any, strength: Any, bounds: Any, marks: Any, stack: Any) -> Any:
    """Mark weak ridges, and put the strong ones on the stack as edges; returns how many."""
    low, high = bounds
    height, width = across.shape
    count = 0
    for y in range(height):
        above, here, below = strength[y], strength[y + 1], strength[y + 2]
        for x in range(1, width + 1):
            if here[x] > low and _is_ridge(above, here, below, x, across[y, x - 1], down[y, x - 1]):
                strong = here[x] > high
                place = (y + 1) * (width + 2) + x
                marks[place] = _EDGE if strong else _WEAK
                stack[count] = place
                count += 1 if strong else 0
    return count


@inlined
def _is_ridge(above: Any, here: Any, below: Any, x: Any, across: Any, down: Any) -> Any:
    run, rise, top = np.int64(abs(across)), np.int64(abs(down)) << _BITS, here[x]
    shallow = run * _TAN
    if rise < shallow:
        largest = top > here[x - 1] and top >= here[x + 1]
    elif rise > shallow + (run << (_BITS + 1)):
        largest = top > above[x] and top >= below[x]
    elif (across ^ down) < 0:
        largest = top > above[x + 1] and top > below[x - 1]
    else:
        largest = top > above[x - 1] and top > below[x + 1]
    return largest


@compiled
def _link(marks: Any, pitch: Any, stack: Any, count: Any) -> None:
    """Turn the weak ridges that touch an edge into edges, from the ``count`` edges on the stack on."""
    around = (-pitch - 1, -pitch, -pitch + 1, -1, 1, pitch - 1, pitch, pitch + 1)
    while count > 0:
        count -= 1
        place = stack[count]
        for step in around:
            if marks[place + step] == _WEAK:
                marks[place + step] = _EDGE
                stack[count] = place + step
                count += 1
