"""Spatter on a CPU, one image from the noise to the pixels, so that every map stays in the cache."""

from functools import lru_cache
from typing import Any

import numpy as np
import torch
from torch import Tensor

from robustness.corruptions.draws import normal_table
from robustness.corruptions.smoothing import FIELD_UNIT
from robustness.corruptions.spatter import ABOVE_WHOLE, COVERED, MUD, WATER
from robustness.kernels.draws import fill_words, stream_state
from robustness.kernels.jit import compiled
from robustness.kernels.relief import Relief
from robustness.kernels.smoothing import smoothing

__all__ = ["spatter"]

_WATER, _MUD = (np.array(colour, np.float32) for colour in (WATER, MUD))
_UNIT, _ONE = FIELD_UNIT, 1 / FIELD_UNIT
_COVERED, _ABOVE_WHOLE = np.float32(COVERED), np.float32(ABOVE_WHOLE)


def spatter(images: Tensor, constant: tuple[float, float, float, float, float, int], keys: Tensor) -> Tensor:
    """Do as :func:`robustness.corruptions.spatter.spatter` does."""
    mean, deviation, sigma, threshold, intensity, kind = constant
    height, width = images.shape[2:]
    noise, smooth = _noise_table(mean, deviation), smoothing(height, width, sigma, 4, "nearest")
    splash = (_Water if kind == 0 else _Mud)(height, width, threshold, intensity)
    field, words = (
        torch.empty(height, width, dtype=torch.float64).numpy(),
        np.empty((height * width + 1) // 2, np.uint32),
    )
    out = torch.empty_like(images)
    for image, key, target in zip(images.numpy(), keys.numpy(), out.numpy(), strict=True):
        _draw(key, noise, (words, words.view(np.uint16)), field.reshape(-1))
        smooth(field)
        splash(field, image, target)
    return out


@lru_cache(maxsize=8)
def _noise_table(mean: float, deviation: float) -> Any:
    """(65536,) float64: the noise of each half-word, in units of a field."""
    noise = normal_table().mul(deviation).add_(mean)
    return noise.double().div_(FIELD_UNIT).round_().numpy()


class _Water:
    def __init__(self, height: int, width: int, threshold: float, intensity: float) -> None:
        self._threshold, self._intensity = threshold, np.float32(intensity)
        self._depth, self._amount = np.empty((height, width), np.uint8), np.empty((height, width), np.float32)
        self._relief = Relief(height, width)

    def __call__(self, liquid: Any, image: Any, out: Any) -> None:
        _fill_up(liquid, self._threshold, self._depth)
        _shine(self._depth, self._relief(self._depth), self._intensity, self._amount)
        _add_water(image, self._amount, out)


class _Mud:
    def __init__(self, height: int, width: int, threshold: float, sigma: float) -> None:
        self._threshold, self._smooth = threshold, smoothing(height, width, sigma, 4, "nearest")

    def __call__(self, liquid: Any, image: Any, out: Any) -> None:
        _splash(liquid, self._threshold)
        self._smooth(liquid)
        _cover_with_mud(image, liquid, out)


@compiled
def _draw(key: Any, noise: Any, words: Any, field: Any) -> None:
    low, high = stream_state(key, 0)
    fill_words(low, high, 0, words[0])
    halves = words[1]
    for place in range(field.size):
        field[place] = noise[halves[place]]


@compiled
def _fill_up(liquid: Any, threshold: Any, depth: Any) -> None:
    """Levels of the liquid from the threshold on."""
    for y in range(depth.shape[0]):
        row, target = liquid[y], depth[y]
        for x in range(target.size):
            level = row[x] * _UNIT
            # Wraps around above 255, as the original does.
            target[x] = np.uint8(np.int32(level * 255)) if level >= threshold else np.uint8(0)


@compiled
def _shine(depth: Any, relief: Any, intensity: Any, amount: Any) -> None:
    """Depth times relief, with the largest of an image at ``intensity``."""
    top = np.float32(1)
    for y in range(depth.shape[0]):
        row, height, target = depth[y], relief[y], amount[y]
        for x in range(row.size):
            target[x] = np.float32(row[x]) * np.float32(height[x])
        for x in range(row.size):
            top = max(top, target[x])
    for y in range(depth.shape[0]):
        target = amount[y]
        for x in range(target.size):
            target[x] = target[x] / top * intensity


@compiled
def _add_water(image: Any, amount: Any, out: Any) -> None:
    for band in range(3):
        colour = _WATER[band]
        for y in range(amount.shape[0]):
            water, levels, target = amount[y], image[band, y], out[band, y]
            for x in range(target.size):
                target[x] = np.uint8(min(water[x] * colour + np.float32(levels[x]), np.float32(255)))


@compiled
def _splash(liquid: Any, threshold: Any) -> None:
    """1 above the threshold and 0 elsewhere, in place and in units of a field."""
    for y in range(liquid.shape[0]):
        row = liquid[y]
        for x in range(row.size):
            row[x] = _ONE if row[x] * _UNIT > threshold else 0.0


@compiled
def _cover_with_mud(image: Any, field: Any, out: Any) -> None:
    share = np.empty(field.shape[1], np.float32)
    for y in range(field.shape[0]):
        row = field[y]
        for x in range(row.size):
            part = np.float32(row[x] * _UNIT)
            share[x] = part if part >= _COVERED else np.float32(0)
        for band in range(3):
            colour, levels, target = _MUD[band], image[band, y], out[band, y]
            for x in range(row.size):
                mud = share[x] * colour + _ABOVE_WHOLE
                level = (np.float32(1) - share[x]) * np.float32(levels[x]) + mud
                target[x] = np.uint8(min(level, np.float32(255)))
