"""Corruptions that are tables of levels, on a CPU: brightness, contrast, frost."""

from typing import Any

import numpy as np
import torch
from torch import Tensor

from robustness.corruptions.digital import contrast_tables
from robustness.corruptions.frost import blend_constants, texture_crops
from robustness.corruptions.weather import brightness_table
from robustness.kernels.jit import compiled

__all__ = ["brightness", "contrast", "frost"]


def brightness(images: Tensor, shift: float, _keys: Tensor) -> Tensor:
    """Do as :func:`robustness.corruptions.weather.brightness` does."""
    out = torch.empty_like(images)
    _look_up_by_value(_flat(images), brightness_table(shift).view(256, 256).numpy(), _flat(out))
    return out


def contrast(images: Tensor, factor: float, _keys: Tensor) -> Tensor:
    """Do as :func:`robustness.corruptions.digital.contrast` does."""
    out = torch.empty_like(images)
    sums = np.empty((len(images), 3), np.int64)
    _add_up(_flat(images), sums)
    tables = contrast_tables(torch.from_numpy(sums), images[0, 0].numel(), factor)
    _look_up_by_channel(_flat(images), tables.numpy(), _flat(out))
    return out


def frost(images: Tensor, constant: tuple[float, float, float], keys: Tensor) -> Tensor:
    """Do as :func:`robustness.corruptions.frost.frost` does."""
    out = torch.empty_like(images)
    constants = blend_constants(constant)
    for target, image, crop in zip(out, images, texture_crops(keys, constant[2], images.shape[2:]), strict=True):
        _blend(image.numpy(), crop.numpy(), constants, target.numpy())
    return out


def _flat(images: Tensor) -> Any:
    """(N, 3, H * W) uint8 array that shares the images' memory."""
    return images.flatten(2).numpy()


@compiled
def _look_up_by_value(images: Any, tables: Any, out: Any) -> None:
    for image in range(images.shape[0]):
        red, green, blue = images[image, 0], images[image, 1], images[image, 2]
        new_red, new_green, new_blue = out[image, 0], out[image, 1], out[image, 2]
        for place in range(red.size):
            table = tables[max(red[place], green[place], blue[place])]
            new_red[place] = table[red[place]]
            new_green[place] = table[green[place]]
            new_blue[place] = table[blue[place]]


@compiled
def _add_up(images: Any, sums: Any) -> None:
    for image in range(images.shape[0]):
        for channel in range(3):
            levels = images[image, channel]
            total = np.int64(0)
            for start in range(0, levels.size, 4096):
                part = levels[start : start + 4096]
                below = np.uint32(0)
                for place in range(part.size):
                    below = np.uint32(below + np.uint32(part[place]))
                total += np.int64(below)
            sums[image, channel] = total


@compiled
def _look_up_by_channel(images: Any, tables: Any, out: Any) -> None:
    for image in range(images.shape[0]):
        for channel in range(3):
            table, levels, target = tables[image, channel], images[image, channel], out[image, channel]
            for place in range(levels.size):
                target[place] = table[levels[place]]


@compiled
def _blend(image: Any, crop: Any, constants: Any, out: Any) -> None:
    weight, texture_weight, above = constants[0], constants[1], constants[2]
    for channel in range(3):
        for row in range(image.shape[1]):
            levels, ice, target = image[channel, row], crop[channel, row], out[channel, row]
            for place in range(target.size):
                level = np.float32(levels[place]) * weight + above + np.float32(ice[place]) * texture_weight
                target[place] = np.uint8(min(max(level, np.float32(0)), np.float32(255)))
