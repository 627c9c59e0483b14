"""Adversarial errors: an attack that does not know of any score, and one that attacks classifier and score at once.

The first is raised to the end instead of stopping once it fools, which is the right adversary for a detector. Only the
second tells what a score is worth against somebody who wants to get past it.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial

import numpy as np
import numpy.typing as npt
import pandas as pd
import torch
from torch import Tensor

from benchmarks.error_detection.collecting import SCORE, answer_columns
from benchmarks.error_detection.fitted_scores import FittedScores
from benchmarks.error_detection.probing import Probe
from benchmarks.error_detection.rows import ModelRows
from robustness.attack_checks import attack_with_checks
from robustness.attacks import pgd, smallest_distortion
from robustness.consistency.adaptive import AttackSettings, Defence, adaptive_attack
from robustness.consistency.distortion import smallest_evading_distortion

__all__ = [
    "LARGEST",
    "AttackSetting",
    "Victims",
    "aware_attack",
    "eps_that_fools",
    "score_images",
    "smallest_evasion",
    "unaware_attack",
]

Array = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]
LogitScore = Callable[[Tensor], Tensor]

LARGEST = 0.25  # radius tried for the smallest change that fools
_ROUNDS = 8
_SEARCH_STEPS = 20


@dataclass(frozen=True, kw_only=True)
class AttackSetting:
    """How much is attacked.

    Attributes:
        images: of each model; 0 attacks nothing.
        practice: images of the calibration half that are attacked for the detector that learns from attacks.
        multiples: radii, in multiples of the one at which the unaware attack fools 99 %.
        steps: of the unaware attack.
        rounds: of the search for the smallest change that fools and evades.
        aware: steps, restarts and the like of the aware attack.
    """

    images: int = 16
    practice: int = 64
    multiples: tuple[float, ...] = (0.5, 1.0, 2.0)
    steps: int = 40
    rounds: int = 4
    aware: AttackSettings = field(default_factory=lambda: AttackSettings(steps=40))

    def __post_init__(self) -> None:
        if self.images < 0:
            raise ValueError(f"expected `images` of at least 0, got {self.images}")
        if not self.multiples or min(self.multiples) <= 0:
            raise ValueError(f"expected `multiples` above 0, got {self.multiples}")


@dataclass(frozen=True, kw_only=True)
class Victims:
    """Images that a model classifies correctly.

    Attributes:
        ids: of the N images.
        images: (N, 3, H, W) float32 in [0, 1], on the model's device.
        labels: (N,) their classes.
        probe: asks the model.
        seed: of the attacks.
    """

    ids: Sequence[str]
    images: Tensor
    labels: Tensor
    probe: Probe
    seed: int

    def generator(self) -> torch.Generator:
        """A fresh generator, so that attacks of one size do not depend on those before."""
        return torch.Generator().manual_seed(self.seed)


def eps_that_fools(victims: Victims, share: float = 0.99) -> tuple[float, Array]:
    """The smallest radius at which the unaware attack fools a share of the images.

    Returns:
        The radius, at most 0.25, and (N,) the smallest change found for each image; infinite where there is none.
    """
    attack = partial(pgd, steps=_SEARCH_STEPS, generator=victims.generator())
    smallest = smallest_distortion(
        victims.probe.engine.classifier, victims.images, victims.labels, maximum=LARGEST, attack=attack, rounds=_ROUNDS
    )
    found: Array = smallest.cpu().numpy()
    place = math.ceil(share * (len(found) - 1))
    return min(float(np.sort(found)[place]), LARGEST), found


def unaware_attack(victims: Victims, eps: float, *, steps: int) -> tuple[Tensor, dict[str, str]]:
    """Attack the classifier alone; the images, and what is wrong with the attack, if anything."""
    attack = partial(pgd, steps=steps, early_stop=False, generator=victims.generator())
    attacked, checks = attack_with_checks(
        attack, victims.probe.engine.classifier, victims.images, victims.labels, eps=eps
    )
    return attacked, checks.flags


def aware_attack(
    victims: Victims, score: LogitScore, eps: float, settings: AttackSettings, *, starts: Tensor | None = None
) -> Tensor:
    """Attack classifier and score at once, through all copies; the images (N, 3, H, W).

    What a larger radius led to, brought within this one, is a better start than the images themselves.
    """
    found = adaptive_attack(
        _defence(victims, score),
        victims.images,
        victims.labels,
        eps=eps,
        settings=settings,
        starts=starts,
        generator=victims.generator(),
    )
    return found.images.detach()


def smallest_evasion(
    victims: Victims, score: LogitScore, threshold: float, *, maximum: float, setting: AttackSetting
) -> Array:
    """The smallest change found that fools the classifier and passes the score, (N,); infinite where there is none.

    Args:
        victims: N images.
        score: confidence from logits of all copies.
        threshold: confidence from which on an answer passes.
        maximum: the largest radius.
        setting: rounds of the search, and the attack.
    """
    found = smallest_evading_distortion(
        _defence(victims, score),
        victims.images,
        victims.labels,
        threshold=threshold,
        largest_eps=maximum,
        rounds=setting.rounds,
        settings=setting.aware,
        generator=victims.generator(),
    )
    return np.asarray(found.eps.double().cpu().numpy())


def score_images(victims: Victims, images: Tensor, fitted: FittedScores) -> tuple[dict[str, Array], Mask]:
    """Every score of some images, (N,) each, and whether the classifier's answer to each is wrong.

    Images without finite logits score NaN and count as right: nobody is fooled by no answer.
    """
    answers = victims.probe(images, seed=victims.seed)
    finite = answers.finite.numpy()
    columns = answer_columns(answers[answers.finite], victims.labels.cpu().numpy()[finite])
    logits, log_odds, features = (columns.pop(name, None) for name in ("logits", "log_odds", "features"))
    frame = pd.DataFrame(columns).assign(status="ok")
    rows = ModelRows(frame=frame, logits=logits, log_odds=log_odds, features=features)
    direct = {name: frame[SCORE + name].to_numpy(dtype=np.float64) for name in rows.scores}
    scores = {name: np.full(len(finite), np.nan) for name in (direct | fitted(rows))}
    for name, values in (direct | fitted(rows)).items():
        scores[name][finite] = values
    wrong = np.zeros(len(finite), dtype=np.bool_)
    wrong[finite] = ~frame["correct"].to_numpy(dtype=np.bool_)
    return scores, wrong


def _defence(victims: Victims, score: LogitScore) -> Defence:
    classifier, transforms = victims.probe.engine.classifier, victims.probe.transforms
    return Defence(classifier=classifier, transforms=transforms, score=score)
