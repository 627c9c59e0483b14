"""Fog on a CPU: every step of the cloud in one pass over buffers that stay in the cache."""

from typing import Any

import numpy as np
import torch
from torch import Tensor

from robustness.corruptions.fog import FIRST_WIBBLE, covering_side
from robustness.kernels.draws import fill_words, stream_state
from robustness.kernels.jit import compiled

__all__ = ["fog"]


def fog(images: Tensor, constant: tuple[float, float, int], keys: Tensor) -> Tensor:
    """Do as :func:`robustness.corruptions.fog.fog` does."""
    strength, decay, _ = constant
    side = covering_side(*images.shape[2:])
    out = torch.empty_like(images)
    thickness = np.float32(255 * strength)
    _cover(images.numpy(), keys.numpy(), _amplitudes(side, decay), thickness, out.numpy())
    return out


def _amplitudes(side: int, decay: float) -> Any:
    """(steps,) float32: the amplitude of the noise in each doubling of the resolution."""
    wibbles = [FIRST_WIBBLE]
    while 2 ** len(wibbles) < side:
        wibbles.append(wibbles[-1] / decay)
    return np.array([wibble * wibble for wibble in wibbles], dtype=np.float32)


@compiled
def _cover(images: Any, keys: Any, amplitudes: Any, thickness: Any, out: Any) -> None:
    side = 1 << amplitudes.size
    draws = np.empty(side * side // 2, np.uint32)
    coarse = np.empty(side * side, np.float32)
    fine = np.empty(side * side, np.float32)
    noise = np.empty(side * side, np.float32)
    for image in range(images.shape[0]):
        low, high = stream_state(keys[image], 0)
        fill_words(low, high, 0, draws)
        _scale(draws.view(np.int16), noise)
        _grow(amplitudes, noise, coarse, fine)
        _stretch(coarse)
        cloud = coarse.reshape(side, side)
        brightest = np.float32(images[image].max())
        scale = brightest / (brightest + thickness)
        for channel in range(3):
            for row in range(images.shape[2]):
                _fade(images[image, channel, row], cloud[row], thickness, scale, out[image, channel, row])


@compiled
def _scale(draws: Any, noise: Any) -> None:
    for place in range(noise.size):
        noise[place] = (np.float32(draws[place]) + np.float32(0.5)) * np.float32(2.0**-15)


@compiled
def _grow(amplitudes: Any, noise: Any, coarse: Any, fine: Any) -> None:
    """From one point to the whole cloud in ``coarse``, a square that doubles its sides."""
    coarse[0] = 0
    points, first = 1, 0
    for step in range(amplitudes.size):
        area = points * points
        corners = coarse[:area].reshape(points, points)
        grown = fine[: 4 * area].reshape(2 * points, 2 * points)
        layers = noise[first : first + 3 * area].reshape(3, points, points)
        for row in range(points):
            below = corners[(row + 1) % points]
            _centres(corners[row], below, layers[0, row], amplitudes[step], grown[2 * row + 1])
        for row in range(points):
            over = grown[2 * ((row + points - 1) % points) + 1]
            centres = grown[2 * row + 1]
            _edges(corners[row], over, centres, layers[1, row], amplitudes[step], grown[2 * row])
            _sides(corners[row], corners[(row + 1) % points], layers[2, row], amplitudes[step], centres)
        coarse[: 4 * area] = fine[: 4 * area]
        first += 3 * area
        points *= 2


@compiled
def _centres(upper: Any, lower: Any, noise: Any, amplitude: Any, row: Any) -> None:
    """Fill every second point of a row between corners, from index 1."""
    quarter = np.float32(0.25)
    last = upper.size - 1
    for place in range(last):
        total = (upper[place] + lower[place]) + (upper[place + 1] + lower[place + 1])
        row[2 * place + 1] = noise[place] * amplitude + total * quarter
    total = (upper[last] + lower[last]) + (upper[0] + lower[0])
    row[2 * last + 1] = noise[last] * amplitude + total * quarter


@compiled
def _edges(corners: Any, over: Any, under: Any, noise: Any, amplitude: Any, row: Any) -> None:
    """Fill a row of corners: the corners, and the points between them."""
    quarter = np.float32(0.25)
    last = corners.size - 1
    for place in range(last):
        pair = corners[place] + corners[place + 1]
        row[2 * place] = corners[place]
        total = (pair + under[2 * place + 1]) + over[2 * place + 1]
        row[2 * place + 1] = noise[place] * amplitude + total * quarter
    row[2 * last] = corners[last]
    total = ((corners[last] + corners[0]) + under[2 * last + 1]) + over[2 * last + 1]
    row[2 * last + 1] = noise[last] * amplitude + total * quarter


@compiled
def _sides(upper: Any, lower: Any, noise: Any, amplitude: Any, row: Any) -> None:
    """Fill every second point of a row between corners, from index 0; the centres are there."""
    quarter = np.float32(0.25)
    total = ((upper[0] + lower[0]) + row[1]) + row[row.size - 1]
    row[0] = noise[0] * amplitude + total * quarter
    for place in range(1, upper.size):
        total = ((upper[place] + lower[place]) + row[2 * place + 1]) + row[2 * place - 1]
        row[2 * place] = noise[place] * amplitude + total * quarter


@compiled
def _stretch(cloud: Any) -> None:
    """Scale to minimum 0 and maximum 1, in place."""
    least = greatest = cloud[0]
    for place in range(cloud.size):
        least, greatest = min(least, cloud[place]), max(greatest, cloud[place])
    span = greatest - least
    for place in range(cloud.size):
        cloud[place] = (cloud[place] - least) / span


@compiled
def _fade(levels: Any, cloud: Any, thickness: Any, scale: Any, out: Any) -> None:
    for place in range(out.size):
        level = (np.float32(levels[place]) + cloud[place] * thickness) * scale
        out[place] = np.uint8(min(max(level, np.float32(0)), np.float32(255)))
