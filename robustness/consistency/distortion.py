"""The smallest distortion with which an adaptive adversary both fools the classifier and evades the score."""

from dataclasses import dataclass, replace

import torch
from torch import Tensor

from robustness.consistency.adaptive import AttackSettings, Defence, adaptive_attack
from robustness.consistency.copies import transformed_logits

__all__ = ["EvadingDistortion", "smallest_evading_distortion"]


@dataclass(frozen=True, kw_only=True)
class EvadingDistortion:
    """What it took.

    Attributes:
        eps: (N,) largest change of any pixel value of ``images``; infinity where nothing evaded. An upper bound
            of the true smallest distortion, as tight as the attack is strong.
        images: (N, 3, H, W) the images that fool and evade; the image itself where nothing did.
    """

    eps: Tensor
    images: Tensor


def smallest_evading_distortion(
    defence: Defence,
    images: Tensor,
    labels: Tensor,
    *,
    threshold: float,
    largest_eps: float,
    rounds: int = 6,
    settings: AttackSettings | None = None,
    generator: torch.Generator | None = None,
) -> EvadingDistortion:
    """Bisect for each image: attack at ``largest_eps``, then halfway between failure and success.

    Args:
        defence: classifier, transforms and score.
        images: (N, 3, H, W) float in [0, 1].
        labels: (N,) right classes.
        threshold: score from which an image passes as trustworthy, such as the 5 % quantile of the scores
            of right answers on calibration images.
        largest_eps: distortion at which to give up.
        rounds: bisections after the first attack; each halves the interval.
        settings: of each attack; it stops as soon as ``threshold`` is reached.
        generator: of the random starts.

    Returns:
        The distortions; 0 where the image itself is misclassified and trusted.

    Raises:
        ValueError: ``largest_eps`` or ``rounds`` not positive, or what the attack refuses.
    """
    if largest_eps <= 0 or rounds < 1:
        raise ValueError(f"expected `largest_eps` above 0 and `rounds` of at least 1, got {largest_eps}, {rounds}")
    settings = replace(settings or AttackSettings(), enough=threshold)
    generator = generator or torch.Generator().manual_seed(0)
    high = _clean_distortion(defence, images, labels, threshold, settings)
    low, found = torch.zeros_like(high), images.clone()
    trial = torch.full_like(high, largest_eps)
    active = high > 0
    for _ in range(rounds + 1):
        if not bool(active.any()):
            break
        # The last success, brought within the smaller ball, is a better beginning than the image.
        attack = adaptive_attack(
            defence,
            images[active],
            labels[active],
            eps=trial[active],
            settings=settings,
            starts=found[active],
            generator=generator,
        )
        evaded = (attack.scores >= threshold).to(images.device)
        where = active.nonzero().squeeze(1)
        hits, misses = where[evaded], where[~evaded]
        found[hits] = attack.images[evaded]
        high[hits] = (found[hits] - images[hits]).abs().amax((1, 2, 3))
        low[misses] = trial[misses]
        active = high.isfinite() & (high > low)
        trial = (low + high) / 2
    return EvadingDistortion(eps=high, images=found)


def _clean_distortion(
    defence: Defence, images: Tensor, labels: Tensor, threshold: float, settings: AttackSettings
) -> Tensor:
    """(N,) 0 where an image needs no change to be misclassified and trusted, else infinity."""
    with torch.no_grad():
        logits = transformed_logits(defence.classifier, images, defence.transforms, batch_size=settings.batch_size)
        trusted = defence.score(logits).to(labels.device) >= threshold
    passes = trusted & (logits[:, 0].argmax(1) != labels)
    return torch.where(passes, 0.0, torch.inf).to(images)
