"""Corruptions that are tables of levels, on a CPU: brightness, contrast, frost."""

from typing import Any

import numpy as np
import torch
from torch import Tensor

from robustness.corruptions.frost import blend_constants, original_textures, texture_places
from robustness.corruptions.weather import brightness_table
from robustness.kernels.jit import compiled

__all__ = ["brightness", "contrast", "frost"]


def brightness(images: Tensor, shift: float, _keys: Tensor) -> Tensor:
    """Do as :func:`robustness.corruptions.weather.brightness` does."""
    out = torch.empty_like(images)
    _look_up_by_value(_flat(images), brightness_table(shift).numpy(), _flat(out))
    return out


def contrast(images: Tensor, factor: float, _keys: Tensor) -> Tensor:
    """Do as :func:`robustness.corruptions.digital.contrast` does."""
    out = torch.empty_like(images)
    _pull(_flat(images), factor, _flat(out))
    return out


def frost(images: Tensor, constant: tuple[float, float, float], keys: Tensor) -> Tensor:
    """Do as :func:`robustness.corruptions.frost.frost` does."""
    out = torch.empty_like(images)
    textures, places = texture_places(keys, constant[2], images.shape[2:], original_textures())
    layers = tuple(texture.numpy() for texture in textures)
    _blend(images.numpy(), layers, places, blend_constants(constant), out.numpy())
    return out


def _flat(images: Tensor) -> Any:
    """(N, 3, H * W) uint8 array that shares the images' memory."""
    return images.flatten(2).numpy()


@compiled
def _look_up_by_value(images: Any, table: Any, out: Any) -> None:
    for image in range(images.shape[0]):
        red, green, blue = images[image, 0], images[image, 1], images[image, 2]
        new_red, new_green, new_blue = out[image, 0], out[image, 1], out[image, 2]
        for place in range(red.size):
            reds, greens, blues = np.uint32(red[place]), np.uint32(green[place]), np.uint32(blue[place])
            row = max(reds, greens, blues) << np.uint32(8)
            new_red[place] = table[row | reds]
            new_green[place] = table[row | greens]
            new_blue[place] = table[row | blues]


@compiled
def _pull(images: Any, factor: Any, out: Any) -> None:
    table = np.empty(256, np.uint8)
    for image in range(images.shape[0]):
        for channel in range(3):
            levels, target = images[image, channel], out[image, channel]
            mean = _add_up(levels) / (255.0 * levels.size)
            for level in range(256):
                table[level] = np.uint8(min(max(((level / 255.0 - mean) * factor + mean) * 255.0, 0.0), 255.0))
            for place in range(levels.size):
                target[place] = table[levels[place]]


@compiled
def _add_up(levels: Any) -> Any:
    total = np.int64(0)
    for start in range(0, levels.size, 4096):
        part = levels[start : start + 4096]
        below = np.uint32(0)  # 32 bits hold the sum of a part, and add up faster
        for place in range(part.size):
            below = np.uint32(below + np.uint32(part[place]))
        total += np.int64(below)
    return total


@compiled
def _blend(images: Any, textures: Any, places: Any, constants: Any, out: Any) -> None:
    for image in range(images.shape[0]):
        which, top, left = places[image, 0], places[image, 1], places[image, 2]
        layer = textures[which][:, top : top + images.shape[2], left : left + images.shape[3]]
        for channel in range(3):
            for row in range(images.shape[2]):
                _blend_row(images[image, channel, row], layer[channel, row], constants, out[image, channel, row])


@compiled
def _blend_row(levels: Any, ice: Any, constants: Any, target: Any) -> None:
    weight, texture_weight, above = constants[0], constants[1], constants[2]
    for place in range(target.size):
        level = np.float32(levels[place]) * weight + above + np.float32(ice[place]) * texture_weight
        target[place] = np.uint8(min(max(level, np.float32(0)), np.float32(255)))
