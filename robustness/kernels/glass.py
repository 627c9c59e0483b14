"""Glass blur on a CPU: the loop of the original as it stands, pixel after pixel.

The three channels of a pixel move together in one 32-bit word. Displacements do not depend on the pixels,
so a row of them is made beforehand, by vector instructions, and a step of the loop is one load and one store.
"""

from typing import Any

import numpy as np
from torch import Tensor

from robustness.kernels.blur import gaussian_blur
from robustness.kernels.draws import fill_words, stream_state
from robustness.kernels.jit import compiled

__all__ = ["glass_blur"]


def glass_blur(images: Tensor, constant: tuple[float, int, int], keys: Tensor) -> Tensor:
    """Do as :func:`robustness.corruptions.glass.glass_blur` does."""
    sigma, reach, iterations = constant
    blurred = gaussian_blur(images, sigma, keys)
    _displace(blurred.numpy(), keys.numpy(), reach, iterations)
    return gaussian_blur(blurred, sigma, keys)


@compiled
def _displace(images: Any, keys: Any, reach: Any, iterations: Any) -> None:
    """In place, as :func:`robustness.corruptions.glass.glass_origins` describes it."""
    _, _, height, width = images.shape
    pixels = np.empty(height * width, np.uint32)
    draws = np.empty(width, np.uint32)
    steps = np.empty(width, np.int32)
    for image in range(images.shape[0]):
        low, high = stream_state(keys[image], 0)
        channels = images[image].reshape(3, -1)
        _join(channels[0], channels[1], channels[2], pixels)
        for iteration in range(iterations):
            for y in range(height - reach, reach, -1):
                fill_words(low, high, (iteration * height + y) * width, draws)
                _to_steps(draws, width, reach, steps)
                _copy_from(steps, y * width, reach, pixels)
        for channel in range(3):
            _take_out(pixels, 8 * channel, channels[channel])


@compiled
def _join(red: Any, green: Any, blue: Any, pixels: Any) -> None:
    for place in range(pixels.size):
        upper = np.uint32(blue[place]) << np.uint32(16) | np.uint32(green[place]) << np.uint32(8)
        pixels[place] = np.uint32(upper | np.uint32(red[place]))


@compiled
def _take_out(pixels: Any, bits: Any, channel: Any) -> None:
    for place in range(pixels.size):
        channel[place] = np.uint8(pixels[place] >> np.uint32(bits))


@compiled
def _to_steps(draws: Any, width: Any, reach: Any, steps: Any) -> None:
    """How many places further on each pixel of a row finds its copy, ``dy * width + dx``."""
    span = np.uint32(2 * reach)
    for x in range(steps.size):
        lower, upper = np.uint32(draws[x] & np.uint32(0xFFFF)), np.uint32(draws[x] >> np.uint32(16))
        dx = np.int32(np.uint32(lower * span) >> np.uint32(16)) - np.int32(reach)
        # The sign bit is turned over, because the upper half counts as a signed number.
        dy = np.int32(np.uint32((upper ^ np.uint32(0x8000)) * span) >> np.uint32(16)) - np.int32(reach)
        steps[x] = np.int32(dy) * np.int32(width) + np.int32(dx)


@compiled
def _copy_from(steps: Any, start: Any, reach: Any, pixels: Any) -> None:
    for x in range(steps.size - reach, reach, -1):
        place = start + x
        pixels[np.uint64(place)] = pixels[np.uint64(place + steps[x])]
