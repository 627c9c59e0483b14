"""Snow on a CPU: compiled from where the wind takes the flakes to the whitened image."""

from typing import Any

import numpy as np
import torch
from torch import Tensor

from robustness.corruptions.snow import ABOVE_WHOLE, flakes_at_rest, wind_angles
from robustness.kernels.jit import compiled
from robustness.kernels.motion import motion_blur_levels

__all__ = ["snow"]


def snow(images: Tensor, constant: tuple[float, float, float, float, float, float, float], keys: Tensor) -> Tensor:
    """Do as :func:`robustness.corruptions.snow.snow` does."""
    mean, deviation, zoom, threshold, radius, sigma, keep = constant
    flakes = flakes_at_rest(keys, images.shape[2:], (mean, deviation, zoom, threshold))
    flakes = motion_blur_levels(flakes[:, None], radius, sigma, wind_angles(keys))
    out = torch.empty_like(images)
    shares = np.array([keep, 1 - keep, ABOVE_WHOLE], np.float32)
    _whiten(images.flatten(2).numpy(), flakes.flatten(1).numpy(), shares, out.flatten(2).numpy())
    return out


@compiled
def _whiten(images: Any, flakes: Any, shares: Any, out: Any) -> None:
    bright = np.empty(images.shape[2], np.float32)
    layers = np.empty(images.shape[2], np.float32)
    for image in range(images.shape[0]):
        _brighten(images[image, 0], images[image, 1], images[image, 2], bright)
        _add_turned(flakes[image], shares[2], layers)
        for channel in range(3):
            _cover(images[image, channel], bright, layers, shares, out[image, channel])


@compiled
def _brighten(red: Any, green: Any, blue: Any, bright: Any) -> None:
    for place in range(bright.size):
        grey = np.float32(red[place]) * np.float32(0.299) + np.float32(green[place]) * np.float32(0.587)
        grey = grey + np.float32(blue[place]) * np.float32(0.114)
        bright[place] = grey * np.float32(1.5) + np.float32(127.5)


@compiled
def _add_turned(flakes: Any, above: Any, layers: Any) -> None:
    """The flakes and the same turned by 180 degrees, which reverses the order of the pixels."""
    last = layers.size - 1
    for place in range(layers.size):
        layers[place] = (np.float32(flakes[place]) + np.float32(flakes[last - place])) + above


@compiled
def _cover(levels: Any, bright: Any, layers: Any, shares: Any, out: Any) -> None:
    keep, rest = shares[0], shares[1]
    for place in range(out.size):
        level = np.float32(levels[place])
        white = level if level > bright[place] else bright[place]
        covered = (level * keep + white * rest) + layers[place]
        covered = covered if covered < np.float32(255) else np.float32(255)
        out[place] = np.uint8(np.int32(covered))
