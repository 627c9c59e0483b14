"""Corruptions compiled for the CPU: the same pixels as the torch code beside them, several times as fast."""

from collections.abc import Callable
from typing import Any

from torch import Tensor

from robustness.kernels.blur import defocus_blur, gaussian_blur
from robustness.kernels.elastic import elastic_transform
from robustness.kernels.fog import fog
from robustness.kernels.glass import glass_blur
from robustness.kernels.jpeg import jpeg_compression
from robustness.kernels.motion import motion_blur
from robustness.kernels.noise import gaussian_noise, impulse_noise, shot_noise, speckle_noise
from robustness.kernels.pixelate import pixelate
from robustness.kernels.snow import snow
from robustness.kernels.spatter import spatter
from robustness.kernels.tables import brightness, contrast, frost
from robustness.kernels.zoom import zoom_blur

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
    "elastic_transform": elastic_transform,
    "pixelate": pixelate,
    "jpeg_compression": jpeg_compression,
    "speckle_noise": speckle_noise,
    "gaussian_blur": gaussian_blur,
    "spatter": spatter,
}
