"""Noise on a CPU: each draw is made and used at once, and never stored for a whole image."""

from typing import Any

import numpy as np
import torch
from torch import Tensor

from robustness.corruptions.noise import first_salt, gaussian_shifts, shot_table, speckle_factors
from robustness.kernels.draws import fill_words, stream_state
from robustness.kernels.jit import compiled

__all__ = ["gaussian_noise", "impulse_noise", "shot_noise", "speckle_noise"]

_CHUNK = 1024  # words, which stay in the first cache


def gaussian_noise(images: Tensor, sigma: float, keys: Tensor) -> Tensor:
    """Do as :func:`robustness.corruptions.noise.gaussian_noise` does."""
    out = torch.empty_like(images)
    _shift(_flat(images), keys.numpy(), gaussian_shifts(sigma).numpy(), _flat(out))
    return out


def speckle_noise(images: Tensor, sigma: float, keys: Tensor) -> Tensor:
    """Do as :func:`robustness.corruptions.noise.speckle_noise` does."""
    out = torch.empty_like(images)
    _multiply(_flat(images), keys.numpy(), speckle_factors(sigma).numpy(), _flat(out))
    return out


def shot_noise(images: Tensor, photons: float, keys: Tensor) -> Tensor:
    """Do as :func:`robustness.corruptions.noise.shot_noise` does."""
    out = torch.empty_like(images)
    _choose(_flat(images), keys.numpy(), shot_table(photons).numpy(), _flat(out))
    return out


def impulse_noise(images: Tensor, amount: float, keys: Tensor) -> Tensor:
    """Do as :func:`robustness.corruptions.noise.impulse_noise` does."""
    out = torch.empty_like(images)
    _hit(_flat(images), keys.numpy(), first_salt(amount), _flat(out))
    return out


def _flat(images: Tensor) -> Any:
    """(N, V) uint8 array of an image's values in each row, sharing memory."""
    return images.view(len(images), -1).numpy()


@compiled
def _shift(images: Any, keys: Any, shifts: Any, out: Any) -> None:
    draws = np.empty(_CHUNK, np.uint32)
    halves = draws.view(np.uint16)
    for image in range(images.shape[0]):
        low, high = stream_state(keys[image], 0)
        for start in range(0, images.shape[1], halves.size):
            fill_words(low, high, start // 2, draws)
            levels = images[image, start : start + halves.size]
            target = out[image, start : start + halves.size]
            for place in range(target.size):
                level = np.int32(levels[place]) + np.int32(shifts[halves[place]])
                target[place] = np.uint8(min(max(level, np.int32(0)), np.int32(255)))


@compiled
def _multiply(images: Any, keys: Any, factors: Any, out: Any) -> None:
    draws = np.empty(_CHUNK, np.uint32)
    halves = draws.view(np.uint16)
    for image in range(images.shape[0]):
        low, high = stream_state(keys[image], 0)
        for start in range(0, images.shape[1], halves.size):
            fill_words(low, high, start // 2, draws)
            levels = images[image, start : start + halves.size]
            target = out[image, start : start + halves.size]
            for place in range(target.size):
                level = np.float32(levels[place]) * factors[halves[place]]
                target[place] = np.uint8(min(max(level, np.float32(0)), np.float32(255)))


@compiled
def _choose(images: Any, keys: Any, cells: Any, out: Any) -> None:
    draws = np.empty(_CHUNK, np.uint32)
    halves = draws.view(np.uint16)
    for image in range(images.shape[0]):
        low, high = stream_state(keys[image], 0)
        for start in range(0, images.shape[1], halves.size):
            fill_words(low, high, start // 2, draws)
            levels = images[image, start : start + halves.size]
            target = out[image, start : start + halves.size]
            for place in range(target.size):
                draw = halves[place]
                column = np.uint32(draw) & np.uint32(255)
                cell = cells[np.uint32(levels[place]) * np.uint32(256) + column]
                own = np.int16(np.int16(draw) >> 8) < np.int16(cell >> 8)
                target[place] = np.uint8(column) if own else np.uint8(cell)


@compiled
def _hit(images: Any, keys: Any, first: Any, out: Any) -> None:
    draws = np.empty(_CHUNK, np.uint32)
    halves = draws.view(np.int16)
    salt, pepper = np.int16(first - 1), np.int16(-first)
    for image in range(images.shape[0]):
        low, high = stream_state(keys[image], 0)
        for start in range(0, images.shape[1], halves.size):
            fill_words(low, high, start // 2, draws)
            levels = images[image, start : start + halves.size]
            target = out[image, start : start + halves.size]
            for place in range(target.size):
                draw = halves[place]
                level = np.uint8(255) if draw > salt else levels[place]
                target[place] = np.uint8(0) if draw < pepper else level
