"""Corruptions compiled for the CPU: the same pixels as the torch code beside them, several times as fast."""

from collections.abc import Callable
from typing import Any

from torch import Tensor

from robustness.corruptions.compiled.blur import defocus_blur, gaussian_blur
from robustness.corruptions.compiled.fog import fog
from robustness.corruptions.compiled.glass import glass_blur
from robustness.corruptions.compiled.motion import motion_blur
from robustness.corruptions.compiled.noise import gaussian_noise, impulse_noise, shot_noise, speckle_noise
from robustness.corruptions.compiled.snow import snow
from robustness.corruptions.compiled.tables import brightness, contrast, frost
from robustness.corruptions.compiled.zoom import zoom_blur

__all__ = ["COMPILED"]

COMPILED: dict[str, Callable[[Tensor, Any, Tensor], Tensor]] = {
    "gaussian_noise": gaussian_noise,
    "shot_noise": shot_noise,
    "impulse_noise": impulse_noise,
    "defocus_blur": defocus_blur,
    "glass_blur": glass_blur,
    "motion_blur": motion_blur,
    "zoom_blur": zoom_blur,
    "snow": snow,
    "frost": frost,
    "fog": fog,
    "brightness": brightness,
    "contrast": contrast,
    "speckle_noise": speckle_noise,
    "gaussian_blur": gaussian_blur,
}
