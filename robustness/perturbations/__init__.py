"""Perturbation sequences of the ImageNet-P family: short films of one image that changes a little each frame.

Example:
    >>> import torch
    >>> from robustness.perturbations import perturb
    >>> photos = torch.full((2, 3, 32, 32), 100, dtype=torch.uint8)
    >>> films = perturb(photos, "brightness", seeds=torch.tensor([7, 8]), profile="cifar")
    >>> films.shape, films[0, [0, 30], 0, 0, 0].tolist()
    (torch.Size([2, 31, 3, 32, 32]), [42, 157])

Reference:
    D. Hendrycks and T. Dietterich, "Benchmarking Neural Network Robustness to Common Corruptions and
    Perturbations", ICLR 2019, section 4.2, https://arxiv.org/abs/1903.12261
"""

from robustness.perturbations.courses import (
    CIFAR_TEST_PERTURBATIONS,
    COURSES,
    NOISE_PERTURBATIONS,
    TEST_PERTURBATIONS,
    VALIDATION_PERTURBATIONS,
    Course,
)
from robustness.perturbations.dispatch import PERTURBATIONS, perturb

__all__ = [
    "CIFAR_TEST_PERTURBATIONS",
    "COURSES",
    "NOISE_PERTURBATIONS",
    "PERTURBATIONS",
    "TEST_PERTURBATIONS",
    "VALIDATION_PERTURBATIONS",
    "Course",
    "perturb",
]
