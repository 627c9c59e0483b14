"""AugMix's operations as its published code has them, one Pillow image at a time; levels are given with their sign."""

from collections.abc import Callable

import numpy as np
import torch
from PIL import Image, ImageEnhance, ImageOps
from torch import Tensor

BILINEAR = Image.Resampling.BILINEAR
AFFINE = Image.Transform.AFFINE


def moved(image: Image.Image, matrix: tuple[float, ...]) -> Image.Image:
    return image.transform(image.size, AFFINE, matrix, resample=BILINEAR)


def factor(level: float) -> float:
    return abs(level) * 1.8 / 10 + 0.1


PILLOW: dict[str, Callable[[Image.Image, float], Image.Image]] = {
    "autocontrast": lambda image, level: ImageOps.autocontrast(image),
    "equalize": lambda image, level: ImageOps.equalize(image),
    "posterize": lambda image, level: ImageOps.posterize(image, max(4 - int(abs(level) * 4 / 10), 1)),
    "rotate": lambda image, level: image.rotate(int(level * 30 / 10), resample=BILINEAR),
    "solarize": lambda image, level: ImageOps.solarize(image, 256 - int(abs(level) * 256 / 10)),
    "shear_x": lambda image, level: moved(image, (1, level * 0.3 / 10, 0, 0, 1, 0)),
    "shear_y": lambda image, level: moved(image, (1, 0, 0, level * 0.3 / 10, 1, 0)),
    "translate_x": lambda image, level: moved(image, (1, 0, int(level * (image.width / 3) / 10), 0, 1, 0)),
    "translate_y": lambda image, level: moved(image, (1, 0, 0, 0, 1, int(level * (image.height / 3) / 10))),
    "color": lambda image, level: ImageEnhance.Color(image).enhance(factor(level)),
    "contrast": lambda image, level: ImageEnhance.Contrast(image).enhance(factor(level)),
    "brightness": lambda image, level: ImageEnhance.Brightness(image).enhance(factor(level)),
    "sharpness": lambda image, level: ImageEnhance.Sharpness(image).enhance(factor(level)),
}


def by_pillow(name: str, images: Tensor, levels: Tensor) -> Tensor:
    """(N, 3, H, W) uint8, one Pillow image after the other."""
    results = [PILLOW[name](to_pillow(image), float(level)) for image, level in zip(images, levels, strict=True)]
    return torch.stack([from_pillow(result) for result in results])


def to_pillow(image: Tensor) -> Image.Image:
    return Image.fromarray(image.permute(1, 2, 0).numpy())


def from_pillow(image: Image.Image) -> Tensor:
    return torch.from_numpy(np.array(image)).permute(2, 0, 1)


def photos(count: int, height: int = 32, width: int = 32, seed: int = 0) -> Tensor:
    """Smooth shapes, noise, flat images and narrow ranges of grey: what operations on tones are sensitive to."""
    generator = torch.Generator().manual_seed(seed)
    coarse = torch.rand(count, 3, 5, 5, generator=generator)
    smooth = torch.nn.functional.interpolate(coarse, (height, width), mode="bicubic", align_corners=False)
    noise = torch.rand(count, 3, height, width, generator=generator)
    images = (255 * (0.8 * smooth + 0.2 * noise).clamp(0, 1)).to(torch.uint8)
    images[0] = 77
    if count > 3:
        images[1] = images[1] // 32 + 100
        images[2, 1] = 255
        images[3] = (255 * noise[3]).to(torch.uint8)
    return images
