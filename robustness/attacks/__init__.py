"""Attacks on a classifier in pixel space: FGSM, PGD under Linf and L2, and the smallest distortion that fools.

Example:
    >>> import torch
    >>> from robustness.attacks import pgd
    >>> classifier = lambda pixels: torch.stack([pixels.mean((1, 2, 3)), 1 - pixels.mean((1, 2, 3))], dim=1)
    >>> images = torch.full((2, 3, 8, 8), 0.52)
    >>> classifier(pgd(classifier, images, torch.tensor([0, 0]), eps=8 / 255)).argmax(1).tolist()
    [1, 1]

Reference:
    Madry et al., Towards Deep Learning Models Resistant to Adversarial Attacks, ICLR 2018,
    https://arxiv.org/abs/1706.06083
"""

from robustness.attacks.ascent import Ascent, Found, maximise
from robustness.attacks.distortion import bisect_distortion, smallest_distortion
from robustness.attacks.gradient import fgsm, input_gradients, pgd
from robustness.attacks.losses import LOSSES, choose_loss
from robustness.attacks.norms import NORMS, find_norm, project

__all__ = [
    "LOSSES",
    "NORMS",
    "Ascent",
    "Found",
    "bisect_distortion",
    "choose_loss",
    "fgsm",
    "find_norm",
    "input_gradients",
    "maximise",
    "pgd",
    "project",
    "smallest_distortion",
]
