"""What every augmentation needs: a check of its images, 8-bit copies of them, and draws on the right device."""

import torch
from torch import Tensor

__all__ = ["check_images", "choose", "draw", "to_levels", "to_unit"]


def check_images(images: Tensor) -> None:
    """Raise unless images are (N, 3, H, W), uint8 or floating point; the range of floats is the caller's word.

    Raises:
        ValueError: another shape or dtype.
    """
    if images.ndim != 4 or images.shape[1] != 3 or not (images.dtype == torch.uint8 or images.is_floating_point()):
        raise ValueError(
            f"expected `images` of shape (N, 3, H, W), uint8 or float in [0, 1], "
            f"got {tuple(images.shape)} {images.dtype}; stack RGB images"
        )


def to_levels(images: Tensor) -> Tensor:
    """Images as uint8, floats rounded to their nearest grey level."""
    return images if images.dtype == torch.uint8 else (images * 255).round_().clamp_(0, 255).to(torch.uint8)


def to_unit(images: Tensor) -> Tensor:
    """Images as float in [0, 1]; floats stay as they are."""
    return images.float().div_(255) if images.dtype == torch.uint8 else images


def draw(generator: torch.Generator, device: torch.device, *shape: int) -> Tensor:
    """Uniform numbers in [0, 1), drawn where the generator is and moved to a device."""
    return torch.rand(*shape, generator=generator, device=generator.device).to(device)


def choose(generator: torch.Generator, device: torch.device, count: int, *shape: int) -> Tensor:
    """Whole numbers in 0..count-1, int64, all as likely."""
    return torch.randint(count, shape, generator=generator, device=generator.device).to(device)
