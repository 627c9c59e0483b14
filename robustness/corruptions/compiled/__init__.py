"""Corruptions compiled for the CPU: the same pixels as the torch code beside them, several times as fast."""

from collections.abc import Callable
from typing import Any

from torch import Tensor

from robustness.corruptions.compiled.fog import fog
from robustness.corruptions.compiled.noise import gaussian_noise, impulse_noise, shot_noise, speckle_noise
from robustness.corruptions.compiled.tables import brightness, contrast, frost

__all__ = ["COMPILED"]

COMPILED: dict[str, Callable[[Tensor, Any, Tensor], Tensor]] = {
    "gaussian_noise": gaussian_noise,
    "shot_noise": shot_noise,
    "impulse_noise": impulse_noise,
    "frost": frost,
    "fog": fog,
    "brightness": brightness,
    "contrast": contrast,
    "speckle_noise": speckle_noise,
}
