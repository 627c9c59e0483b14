"""Attacked calibration images, for a detector that is to know what attacks look like.

The attack is another one than those that the detector is judged by: PGD under L2 instead of Linf, at several radii, so
that neither the shape nor the size of a perturbation can be learned by heart.
"""

from functools import partial

import numpy as np
import torch

from benchmarks.error_detection.attacking import Victims
from benchmarks.error_detection.practice import Practice
from robustness.attacks import pgd, smallest_distortion
from robustness.consistency.features import log_odds

__all__ = ["practise"]

_NORM = "l2"
_LARGEST = 16.0  # L2 radius tried for the smallest change that fools
_ROUNDS = 5
_STEPS = 20
_MULTIPLES = (1.0, 2.0, 4.0)  # of the radius that fools 90 %
_SHARE = 0.9


def practise(victims: Victims) -> Practice:
    """Attack images under L2 at one, two and four times the radius that fools 90 % of them.

    Args:
        victims: images of the calibration half that are classified correctly.

    Returns:
        Those that fool, from all radii.
    """
    if not len(victims.ids):
        return Practice(ids=[], log_odds=torch.empty(0, 1, dtype=torch.float64))
    classifier, attack = victims.probe.engine.classifier, partial(pgd, steps=_STEPS, generator=victims.generator())
    smallest = smallest_distortion(
        classifier, victims.images, victims.labels, maximum=_LARGEST, norm=_NORM, attack=attack, rounds=_ROUNDS
    )
    radius = min(float(np.quantile(smallest.cpu().numpy(), _SHARE, method="higher")), _LARGEST)
    found = [_fooling(victims, multiple * radius) for multiple in _MULTIPLES]
    return Practice(
        ids=[one for part in found for one in part.ids], log_odds=torch.cat([one.log_odds for one in found])
    )


def _fooling(victims: Victims, radius: float) -> Practice:
    attacked = pgd(
        victims.probe.engine.classifier,
        victims.images,
        victims.labels,
        eps=radius,
        norm=_NORM,
        steps=_STEPS,
        early_stop=False,
        generator=victims.generator(),
    )
    answers = victims.probe(attacked, seed=victims.seed)
    fooled = (answers.logits[:, 0].argmax(1) != victims.labels.cpu()) & answers.finite
    places = fooled.nonzero().flatten().tolist()
    return Practice(ids=[victims.ids[place] for place in places], log_odds=log_odds(answers.logits[fooled]))
