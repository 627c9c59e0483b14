"""The operations of AugMix by name: nine of the paper, then the four that overlap the corruptions of ImageNet-C."""

from collections.abc import Callable

from torch import Tensor

from robustness.augmentations.geometry import rotate, shear_x, shear_y, translate_x, translate_y
from robustness.augmentations.tones import (
    autocontrast,
    brightness,
    color,
    contrast,
    equalize,
    posterize,
    sharpness,
    solarize,
)

__all__ = ["OPERATIONS", "OVERLAPPING_OPERATIONS", "PAPER_OPERATIONS"]

# (N, 3, H, W) uint8 images and (N,) levels in -10..10 -> images. In the order of the published code.
OPERATIONS: dict[str, Callable[[Tensor, Tensor], Tensor]] = {
    "autocontrast": autocontrast,
    "equalize": equalize,
    "posterize": posterize,
    "rotate": rotate,
    "solarize": solarize,
    "shear_x": shear_x,
    "shear_y": shear_y,
    "translate_x": translate_x,
    "translate_y": translate_y,
    "color": color,
    "contrast": contrast,
    "brightness": brightness,
    "sharpness": sharpness,
}

# The paper leaves these out, because ImageNet-C tests them or something close (saturate, blur).
OVERLAPPING_OPERATIONS: tuple[str, ...] = ("color", "contrast", "brightness", "sharpness")

PAPER_OPERATIONS: tuple[str, ...] = tuple(name for name in OPERATIONS if name not in OVERLAPPING_OPERATIONS)
