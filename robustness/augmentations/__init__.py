"""Training-time augmentations on batches of images: torch code for CPU and CUDA, every draw from a generator.

Example:
    >>> import torch
    >>> from robustness.augmentations import augmix, cutout
    >>> photos = torch.full((2, 3, 32, 32), 100, dtype=torch.uint8)
    >>> generator = torch.Generator().manual_seed(0)
    >>> cutout(photos, side=16, generator=generator).dtype, augmix(photos, generator=generator).dtype
    (torch.uint8, torch.float32)
"""

from robustness.augmentations.augmix import augmix, augmix_loss, jensen_shannon_loss
from robustness.augmentations.erasing import cutout
from robustness.augmentations.framing import horizontal_flip, random_crop
from robustness.augmentations.mixing import cutmix, mixup, soft_labels
from robustness.augmentations.operations import OPERATIONS, OVERLAPPING_OPERATIONS, PAPER_OPERATIONS
from robustness.augmentations.policies import (
    AUTOAUGMENT_OVERLAPS,
    POLICIES,
    RANDAUGMENT_OVERLAPS,
    autoaugment,
    randaugment,
)

__all__ = [
    "AUTOAUGMENT_OVERLAPS",
    "OPERATIONS",
    "OVERLAPPING_OPERATIONS",
    "PAPER_OPERATIONS",
    "POLICIES",
    "RANDAUGMENT_OVERLAPS",
    "augmix",
    "augmix_loss",
    "autoaugment",
    "cutmix",
    "cutout",
    "horizontal_flip",
    "jensen_shannon_loss",
    "mixup",
    "randaugment",
    "random_crop",
    "soft_labels",
]
