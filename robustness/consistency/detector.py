"""The learned detector: from the logits of an image and its copies to a confidence that the answer is right.

It is fitted on held-out images with known answers, never on the classifier's training data, where errors are too
rare and too mild, and judged on other images than it was fitted on. Rows of one image (its corrupted versions, say)
belong on one side of that split.

Reference:
    Bahat, Irani and Shakhnarovich, "Natural and Adversarial Error Detection using Invariance to Image
    Transformations", 2019, https://arxiv.org/abs/1902.00236
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor, nn

from robustness.consistency.features import FEATURES
from robustness.consistency.heads import MLPSettings, build_logistic, build_mlp, fit_logistic, fit_mlp

__all__ = ["HEADS", "MINIMUM_ERRORS", "Detector", "DetectorRecipe", "TooFewErrorsError", "fit_detector"]

HEADS = ("logistic", "mlp")

# Of wrong answers, and of right ones: with fewer, fits on small classifiers were worse than no fit.
MINIMUM_ERRORS = 25
_LEAST_SPREAD = 1e-3


class TooFewErrorsError(ValueError):
    """The calibration images hold too few wrong answers, or too few right ones, to learn from."""


@dataclass(frozen=True, kw_only=True)
class DetectorRecipe:
    """What a detector is made of.

    Attributes:
        features: a key of :data:`~robustness.consistency.features.FEATURES`.
        heads: any of :data:`HEADS`; their standardised outputs are averaged. A logistic regression alone
            holds up best with few errors or under a shift that calibration did not see.
        inverse_penalty: of the logistic regression, scikit-learn's C.
        mlp: settings of the network.
    """

    features: str = "log_odds"
    heads: tuple[str, ...] = HEADS
    inverse_penalty: float = 0.1
    mlp: MLPSettings = field(default_factory=MLPSettings)

    def __post_init__(self) -> None:
        if self.features not in FEATURES:
            raise ValueError(f"expected `features` to be one of {', '.join(FEATURES)}, got {self.features!r}")
        if not self.heads or not set(self.heads) <= set(HEADS):
            raise ValueError(f"expected `heads` out of {HEADS}, got {self.heads!r}")
        if self.inverse_penalty <= 0:
            raise ValueError(f"expected `inverse_penalty` above 0, got {self.inverse_penalty}")


class Detector(nn.Module):
    """Confidence from logits: differentiable, so that an adversary who knows it can be played.

    Made by :func:`fit_detector` or :func:`~robustness.consistency.storage.load_detector`.

    Args:
        recipe: what it is made of.
        columns: number of features.
        facts: what to remember with it, JSON values by name.
    """

    centre: Tensor
    spread: Tensor
    head_centre: Tensor
    head_spread: Tensor

    def __init__(self, recipe: DetectorRecipe, columns: int, facts: dict[str, Any] | None = None) -> None:
        super().__init__()
        self.recipe = recipe
        self.facts = dict(facts or {})
        builders = {"logistic": lambda: build_logistic(columns), "mlp": lambda: build_mlp(columns, recipe.mlp)}
        self.heads = nn.ModuleList(builders[name]() for name in recipe.heads)
        for name, length in (("centre", columns), ("head_centre", len(recipe.heads))):
            self.register_buffer(name, torch.zeros(length, dtype=torch.float64))
            self.register_buffer(name.replace("centre", "spread"), torch.ones(length, dtype=torch.float64))
        self.eval().requires_grad_(requires_grad=False)

    def forward(self, logits: Tensor) -> Tensor:
        """Judge images by the logits of their copies.

        Args:
            logits: (N, T + 1, K), original first, the same transforms as in calibration.

        Returns:
            (N,) float64 on the detector's device, higher = more confident that the answer is right.

        Raises:
            ValueError: another number of copies, or what the features refuse.
        """
        features = FEATURES[self.recipe.features](logits.to(self.centre.device))
        if features.shape[1] != len(self.centre):
            raise ValueError(
                f"expected logits that give {len(self.centre)} features, as in calibration, got {tuple(logits.shape)}, "
                f"which give {features.shape[1]}; use the same transforms"
            )
        outputs = self.standardised_outputs((features - self.centre) / self.spread)
        return -outputs.mean(1)

    def standardised_outputs(self, inputs: Tensor) -> Tensor:
        """Outputs (N, heads) of the heads on standardised features (N, D); high = likely error."""
        outputs = torch.cat([head(inputs) for head in self.heads], 1)
        return (outputs - self.head_centre) / self.head_spread


def fit_detector(
    logits: Tensor,
    correct: Tensor | Sequence[bool],
    *,
    recipe: DetectorRecipe | None = None,
    seed: int = 0,
    transforms: Sequence[object] = (),
) -> Detector:
    """Fit a detector on calibration images.

    Args:
        logits: (N, T + 1, K) of images that the classifier was not trained on, original first.
        correct: (N,) whether the classifier's answer to the original is right.
        recipe: what to fit; the default averages both heads on the log-odds.
        seed: of the network; the same seed gives the same detector.
        transforms: the T transforms, remembered by name.

    Returns:
        The detector on the CPU, in evaluation mode.

    Raises:
        TooFewErrorsError: fewer than :data:`MINIMUM_ERRORS` wrong or right answers (a ValueError).
        ValueError: the shapes do not match, or what the features refuse.
    """
    recipe = recipe or DetectorRecipe()
    wrong = ~torch.as_tensor(correct, dtype=torch.bool, device="cpu")
    _check(logits, wrong, transforms)
    features = FEATURES[recipe.features](logits.detach().cpu())
    facts = {
        "images": len(wrong),
        "errors": int(wrong.sum()),
        "classes": logits.shape[2],
        "copies": logits.shape[1] - 1,
        "transforms": [str(transform) for transform in transforms],
        "seed": seed,
    }
    detector = Detector(recipe, features.shape[1], facts)
    detector.centre.copy_(features.mean(0))
    detector.spread.copy_(features.std(0, correction=0).clamp(min=_LEAST_SPREAD))
    inputs = (features - detector.centre) / detector.spread
    detector.heads = nn.ModuleList(_fit_head(name, inputs, wrong, recipe, seed) for name in recipe.heads)
    outputs = detector.standardised_outputs(inputs)
    detector.head_centre.copy_(outputs.mean(0))
    detector.head_spread.copy_(outputs.std(0, correction=0).clamp(min=_LEAST_SPREAD))
    return detector.requires_grad_(requires_grad=False)


def _fit_head(name: str, inputs: Tensor, wrong: Tensor, recipe: DetectorRecipe, seed: int) -> nn.Module:
    if name == "logistic":
        return fit_logistic(inputs, wrong, inverse_penalty=recipe.inverse_penalty)
    return fit_mlp(inputs, wrong, settings=recipe.mlp, seed=seed)


def _check(logits: Tensor, wrong: Tensor, transforms: Sequence[object]) -> None:
    if logits.ndim != 3 or wrong.shape != logits.shape[:1]:
        raise ValueError(
            f"expected `logits` (N, T + 1, K) and `correct` (N,), got {tuple(logits.shape)} and {tuple(wrong.shape)}"
        )
    if transforms and len(transforms) != logits.shape[1] - 1:
        raise ValueError(f"expected {logits.shape[1] - 1} `transforms`, one per copy, got {len(transforms)}")
    errors = int(wrong.sum())
    if min(errors, len(wrong) - errors) < MINIMUM_ERRORS:
        raise TooFewErrorsError(
            f"expected at least {MINIMUM_ERRORS} wrong and {MINIMUM_ERRORS} right answers to learn from, got {errors} "
            f"wrong and {len(wrong) - errors} right; calibrate on more or harder images, or take an untrained score"
        )
