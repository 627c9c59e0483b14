"""JPEG compression on a CPU: sixteen image rows at a time to decoded luma and chroma, then to colours."""

from functools import lru_cache
from typing import Any

import numpy as np
import torch
from numpy import int32
from torch import Tensor

from robustness.corruptions.jpeg import TO_RGB, TO_YCC, quantisation_steps
from robustness.kernels.dct import BAND, code_rows, lane_steps
from robustness.kernels.jit import compiled

__all__ = ["jpeg_compression"]

_TO_YCC = np.array(TO_YCC, np.int32)
_TO_RGB = np.array(TO_RGB, np.int32)


def jpeg_compression(images: Tensor, quality: int, _keys: Tensor) -> Tensor:
    """Do as :func:`robustness.corruptions.jpeg.jpeg_compression` does."""
    out = torch.empty_like(images)
    luma_steps, chroma_steps = _lane_steps(quality)
    _round_trip(images.numpy(), luma_steps, chroma_steps, (_TO_YCC, _TO_RGB), out.numpy())
    return out


@lru_cache(maxsize=32)
def _lane_steps(quality: int) -> tuple[Any, Any]:
    luma, chroma = quantisation_steps(quality).numpy()
    return lane_steps(luma), lane_steps(chroma)


@compiled
def _round_trip(images: Any, luma_steps: Any, chroma_steps: Any, weights: Any, out: Any) -> None:
    count, _, height, width = images.shape
    rows = -(-height // 16) * 8
    half = (width + 1) // 2
    wide, narrow = -(-width // BAND) * BAND, -(-half // BAND) * BAND
    # Blocks beyond the image fill the lanes up; what they hold is never seen.
    bright, colours = np.zeros((16, wide), np.int32), np.zeros((2, 8, narrow), np.int32)
    luma, chroma = np.empty((2 * rows, wide), np.uint8), np.empty((2, rows, narrow), np.uint8)
    pair = np.empty((2, -(-half // 8) * 16), np.int32)
    sums, smooth = np.empty(half + 2, np.int32), np.empty((2, 2 * half), np.int32)
    for image in range(count):
        for row in range(0, rows, 8):
            _to_luma(images[image], 2 * row, weights[0], bright)
            code_rows(bright[:8], luma_steps[0], luma_steps[1], luma[2 * row : 2 * row + 8])
            code_rows(bright[8:], luma_steps[0], luma_steps[1], luma[2 * row + 8 : 2 * row + 16])
            for band in range(2):
                _to_chroma(images[image], row, weights[0][band + 1], pair, colours[band])
                code_rows(colours[band], chroma_steps[0], chroma_steps[1], chroma[band, row : row + 8])
        _paint(luma, chroma, weights[1], (sums, smooth), out[image])


@compiled
def _to_luma(image: Any, first: Any, weights: Any, bright: Any) -> None:
    """Luma of 16 rows from the first on, less 128; the last row and column are repeated."""
    _, height, width = image.shape
    size = -(-width // 8) * 8
    for row in range(16):
        _weigh(image, min(first + row, height - 1), weights[0], bright[row, :size])


@compiled
def _to_chroma(image: Any, first: Any, weights: Any, pair: Any, colours: Any) -> None:
    """One chroma band at half the size, 8 of its rows from the first on, less 128."""
    last = (image.shape[1] - 1) // 2
    for row in range(8):
        # Below the image the last mean is repeated, not the last pixel.
        top = 2 * min(first + row, last)
        _weigh(image, top, weights, pair[0])
        _weigh(image, min(top + 1, image.shape[1] - 1), weights, pair[1])
        upper, lower, target = pair[0], pair[1], colours[row, : pair.shape[1] // 2]
        for x in range(upper.size):
            upper[x] += lower[x]
        for x in range(target.size):
            target[x] = int32(upper[2 * x] + upper[2 * x + 1] + 1 + (x & 1)) >> int32(2)


@compiled
def _weigh(image: Any, y: Any, weights: Any, target: Any) -> None:
    by_red, by_green, by_blue, summand = weights[0], weights[1], weights[2], weights[3]
    red, green, blue = image[0, y], image[1, y], image[2, y]
    for x in range(red.size):
        value = int32(red[x]) * by_red + int32(green[x]) * by_green + int32(blue[x]) * by_blue
        target[x] = int32(value + summand) >> int32(16)
    last = target[red.size - 1]
    for x in range(red.size, target.size):
        target[x] = last


@compiled
def _paint(luma: Any, chroma: Any, weights: Any, scratch: Any, out: Any) -> None:
    """Enlarge the chroma bands and convert to red, green and blue."""
    _, height, width = out.shape
    sums, smooth = scratch
    last, half = (height - 1) // 2, (width + 1) // 2
    for y in range(height):
        near = y // 2
        far = min(max(near - 1 + 2 * (y % 2), 0), last) if half > 2 else near
        for band in range(2):
            _double(chroma[band, near, :half], chroma[band, far, :half], sums, smooth[band])
        for band in range(3):
            _add_chroma(luma[y], smooth[0], smooth[1], weights[band], out[band, y])


@compiled
def _double(near: Any, far: Any, sums: Any, target: Any) -> None:
    """Enlarge a row; ``far`` is the next row beyond. The result is less 128."""
    size = near.size
    middle, left, right = sums[1 : size + 1], sums, sums[2:]
    for x in range(size):
        middle[x] = int32(near[x]) * 3 + int32(far[x])
    sums[0], sums[size + 1] = middle[0], middle[size - 1]
    if size <= 2:  # pixels are repeated, as libjpeg does
        for x in range(2 * size):
            target[x] = (middle[x // 2] >> 2) - 128
    else:
        for x in range(size):
            target[2 * x] = (int32(middle[x] * 3 + left[x] + 8) >> int32(4)) - 128
            target[2 * x + 1] = (int32(middle[x] * 3 + right[x] + 7) >> int32(4)) - 128


@compiled
def _add_chroma(luma: Any, blue: Any, red: Any, weights: Any, target: Any) -> None:
    by_blue, by_red = weights[0], weights[1]
    for x in range(target.size):
        colour = int32(blue[x] * by_blue + red[x] * by_red + 32768) >> int32(16)
        level = int32(int32(luma[x]) + colour)
        target[x] = np.uint8(min(max(level, int32(0)), int32(255)))
