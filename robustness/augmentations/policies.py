"""AutoAugment and RandAugment: torchvision's operations and policies, with draws from a generator.

torchvision draws from torch's global generator of the CPU. That is seeded anew for every image, from the generator
given, and put back at the end; an image's result depends on its own seed alone. Other threads that draw from the
global generator meanwhile get numbers of this sequence.

Both contain operations that ImageNet-C tests, or close ones; see the two constants.
"""

import torch
from torch import Tensor
from torchvision.transforms import AutoAugment, AutoAugmentPolicy, RandAugment
from torchvision.transforms.functional import InterpolationMode

from robustness.augmentations.pixels import check_images, choose, to_levels

__all__ = ["AUTOAUGMENT_OVERLAPS", "POLICIES", "RANDAUGMENT_OVERLAPS", "autoaugment", "randaugment"]

POLICIES: dict[str, AutoAugmentPolicy] = {
    "cifar": AutoAugmentPolicy.CIFAR10,
    "imagenet": AutoAugmentPolicy.IMAGENET,
}

# Operations that overlap the corruptions of ImageNet-C, by the names of OPERATIONS.
AUTOAUGMENT_OVERLAPS: dict[str, tuple[str, ...]] = {
    "cifar": ("color", "contrast", "brightness", "sharpness"),
    "imagenet": ("color", "contrast", "sharpness"),
}
RANDAUGMENT_OVERLAPS: tuple[str, ...] = ("color", "contrast", "brightness", "sharpness")


def autoaugment(images: Tensor, *, policy: str = "cifar", generator: torch.Generator) -> Tensor:
    """Apply one of the policy's 25 pairs of operations to each image.

    Args:
        images: (N, 3, H, W), uint8 in 0..255 or float in [0, 1], which is rounded to 8 bits.
        policy: a key of :data:`POLICIES`.
        generator: of one seed for each image.

    Returns:
        New images of the same shape and dtype.

    Raises:
        ValueError: images of another shape, or an unknown policy.

    Reference:
        Cubuk et al., "AutoAugment: Learning Augmentation Policies from Data", CVPR 2019, tables 7 and 9,
        https://arxiv.org/abs/1805.09501

    Example:
        >>> autoaugment(torch.zeros(2, 3, 8, 8), generator=torch.Generator().manual_seed(0)).shape
        torch.Size([2, 3, 8, 8])
    """
    if policy not in POLICIES:
        raise ValueError(f"expected `policy` to be one of {', '.join(POLICIES)}, got {policy!r}")
    return _each(AutoAugment(POLICIES[policy], interpolation=InterpolationMode.BILINEAR), images, generator)


def randaugment(images: Tensor, *, operations: int = 2, magnitude: int = 9, generator: torch.Generator) -> Tensor:
    """Apply some operations of torchvision's fourteen to each image, all at one magnitude.

    Args:
        images: (N, 3, H, W), uint8 in 0..255 or float in [0, 1], which is rounded to 8 bits.
        operations: for each image, drawn with repetition.
        magnitude: of 0..30.
        generator: of one seed for each image.

    Returns:
        New images of the same shape and dtype.

    Raises:
        ValueError: images of another shape, or a setting outside its range.

    Reference:
        Cubuk et al., "RandAugment: Practical Automated Data Augmentation with a Reduced Search Space", NeurIPS
        2020, section 3, https://arxiv.org/abs/1909.13719
    """
    if operations < 1 or magnitude not in range(31):
        raise ValueError(
            f"expected `operations` of at least 1 and `magnitude` in 0..30, got {operations} and {magnitude}"
        )
    return _each(RandAugment(operations, magnitude, interpolation=InterpolationMode.BILINEAR), images, generator)


def _each(transform: torch.nn.Module, images: Tensor, generator: torch.Generator) -> Tensor:
    check_images(images)
    seeds = choose(generator, torch.device("cpu"), 2**62, len(images)).tolist()
    levels, out = to_levels(images), torch.empty_like(images)
    with torch.random.fork_rng(devices=[]):
        for row, seed in enumerate(seeds):
            torch.default_generator.manual_seed(seed)
            moved = transform(levels[row])
            out[row] = moved if images.dtype == torch.uint8 else moved / 255
    return out
