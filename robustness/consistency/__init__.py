"""Know when the classifier is wrong: right answers survive mild transformations of the image, wrong ones do not.

Example:
    >>> import torch
    >>> from robustness.consistency import default_transforms, kl_consistency, transformed_logits
    >>> colour = lambda images: 9 * images.mean((2, 3))
    >>> images = torch.rand(4, 3, 32, 32, generator=torch.Generator().manual_seed(0))
    >>> logits = transformed_logits(colour, images, default_transforms(32))
    >>> logits.shape, kl_consistency(logits).shape
    (torch.Size([4, 16, 3]), torch.Size([4]))

Reference:
    Bahat, Irani and Shakhnarovich, "Natural and Adversarial Error Detection using Invariance to Image
    Transformations", 2019, https://arxiv.org/abs/1902.00236
"""

from robustness.consistency.adaptive import AdaptiveResult, AttackSettings, Defence, adaptive_attack
from robustness.consistency.copies import transformed_logits
from robustness.consistency.detector import (
    HEADS,
    MINIMUM_ERRORS,
    Detector,
    DetectorRecipe,
    TooFewErrorsError,
    fit_detector,
)
from robustness.consistency.distortion import EvadingDistortion, smallest_evading_distortion
from robustness.consistency.features import FEATURES, log_odds, log_odds_and_summaries, sorted_logits
from robustness.consistency.heads import MLPSettings
from robustness.consistency.scores import (
    CONSISTENCY_SCORES,
    agreement_rate,
    kl_consistency,
    max_kl_consistency,
    symmetric_kl_consistency,
    tta_confidence,
)
from robustness.consistency.selection import Selection, select_transforms
from robustness.consistency.storage import load_detector, save_detector
from robustness.consistency.transforms import (
    TRANSFORMS,
    Transform,
    default_transforms,
    parse_transform,
    transform_bank,
)

__all__ = [
    "CONSISTENCY_SCORES",
    "FEATURES",
    "HEADS",
    "MINIMUM_ERRORS",
    "TRANSFORMS",
    "AdaptiveResult",
    "AttackSettings",
    "Defence",
    "Detector",
    "DetectorRecipe",
    "EvadingDistortion",
    "MLPSettings",
    "Selection",
    "TooFewErrorsError",
    "Transform",
    "adaptive_attack",
    "agreement_rate",
    "default_transforms",
    "fit_detector",
    "kl_consistency",
    "load_detector",
    "log_odds",
    "log_odds_and_summaries",
    "max_kl_consistency",
    "parse_transform",
    "save_detector",
    "select_transforms",
    "smallest_evading_distortion",
    "sorted_logits",
    "symmetric_kl_consistency",
    "transform_bank",
    "transformed_logits",
    "tta_confidence",
]
