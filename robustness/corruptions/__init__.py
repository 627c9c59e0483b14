"""Common corruptions of the ImageNet-C family: batched, seeded per image, equal to the original definitions.

Example:
    >>> import torch
    >>> from robustness.corruptions import corrupt
    >>> photos = torch.full((2, 3, 32, 32), 100, dtype=torch.uint8)
    >>> corrupt(photos, "brightness", 2, seeds=torch.tensor([7, 8]))[0, :, 0, 0].tolist()
    [151, 151, 151]

Reference:
    D. Hendrycks and T. Dietterich, "Benchmarking Neural Network Robustness to Common Corruptions and
    Perturbations", ICLR 2019, section 4.1, https://arxiv.org/abs/1903.12261
"""

from robustness.corruptions.dispatch import CORRUPTIONS, corrupt
from robustness.corruptions.frost import FrostTexturesMissingError, frost_available
from robustness.corruptions.severities import (
    EXTRA_CORRUPTIONS,
    GROUPS,
    PROFILES,
    SEVERITIES,
    TEST_CORRUPTIONS,
)

__all__ = [
    "CORRUPTIONS",
    "EXTRA_CORRUPTIONS",
    "GROUPS",
    "PROFILES",
    "SEVERITIES",
    "TEST_CORRUPTIONS",
    "FrostTexturesMissingError",
    "corrupt",
    "frost_available",
]
