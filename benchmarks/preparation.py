"""From a decoded image to the pixels a model sees: resize and crop, before any corruption."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
import torch
from PIL import Image
from torch import Tensor

__all__ = ["Preparation"]


@dataclass(frozen=True, kw_only=True)
class Preparation:
    """Resize and crop as timm evaluates a model: the transform that belongs to its weights.

    Attributes:
        size: (height, width) of the pixels.
        crop_fraction: share of the resized shorter side that the crop keeps.
        crop_mode: timm's word: ``center``, ``squash`` or ``border``.
        interpolation: ``bicubic``, ``bilinear``, ``nearest`` ...
        border: colour in [0, 1] around an image in crop mode ``border``; timm takes the model's mean.
        resized: False for images that were prepared before they were stored, as ImageNet-C's files were:
            they are centre-cropped only. A second resize changes the published numbers.

    Example:
        >>> prepare = Preparation(size=(32, 32), crop_fraction=1.0)
        >>> prepare(Image.new("RGB", (50, 40))).shape
        torch.Size([3, 32, 32])
    """

    size: tuple[int, int]
    crop_fraction: float = 0.875
    crop_mode: str = "center"
    interpolation: str = "bilinear"
    border: tuple[float, float, float] = (0.5, 0.5, 0.5)
    resized: bool = True

    @classmethod
    def from_timm(cls, config: Mapping[str, Any]) -> "Preparation":
        """Read the preparation out of a timm data configuration."""
        return cls(
            size=(int(config["input_size"][1]), int(config["input_size"][2])),
            crop_fraction=float(config["crop_pct"]),
            crop_mode=str(config.get("crop_mode", "center")),
            interpolation=str(config["interpolation"]),
            border=tuple(config["mean"]),
        )

    def crop_only(self) -> "Preparation":
        """The same pixels from files that were already resized."""
        return replace(self, resized=False)

    def __call__(self, image: Image.Image) -> Tensor:
        """Prepare one RGB image: (3, H, W) uint8."""
        return torch.from_numpy(np.array(self._transform(image), dtype=np.uint8)).permute(2, 0, 1).contiguous()

    @cached_property
    def _transform(self) -> Any:
        from timm.data import create_transform
        from torchvision import transforms

        if not self.resized:
            return transforms.CenterCrop(self.size)
        steps = create_transform(
            input_size=(3, *self.size),
            interpolation=self.interpolation,
            crop_pct=self.crop_fraction,
            crop_mode=self.crop_mode,
            mean=self.border,
            use_prefetcher=True,
        ).transforms
        return transforms.Compose(steps[:-1])  # the last step turns the image into a tensor, as __call__ does

    def __str__(self) -> str:
        height, width = self.size
        crop = f"centre crop {height}x{width}"
        if not self.resized:
            return crop + ", no resize"
        return f"resize ({self.crop_mode}, {self.interpolation}, crop fraction {self.crop_fraction:g}), {crop}"
