"""Is the attack to be believed? Checks that go with every run, since a broken attack looks like a robust classifier.

Reference:
    Carlini et al., On Evaluating Adversarial Robustness, 2019, section 5, https://arxiv.org/abs/1902.06705
    Athalye, Carlini and Wagner, Obfuscated Gradients Give a False Sense of Security, ICML 2018, section 3.1,
    https://arxiv.org/abs/1802.00420
"""

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from robustness.attacks import find_norm, input_gradients, project
from robustness.attacks.ascent import make_radii
from robustness.attacks.goals import make_goal

__all__ = ["AttackChecks", "attack_with_checks"]

Classifier = Callable[[Tensor], Tensor]

_TOLERANCE = 1e-6
_NOISE_DRAWS = 5
_ZERO_RADIUS_IMAGES = 8
# AutoAttack 0.2.0 warns from the same share on, where Square finds what its white-box attacks did not.
_MISSED = 0.002


@dataclass(frozen=True, kw_only=True)
class AttackChecks:
    """What was measured around one run of an attack; shares are of its N images.

    Attributes:
        count: N.
        zero_gradient: share of clean images whose cross-entropy has no gradient at all.
        modes_restored: every module of the classifier is in the mode it was in before.
        inside_box: all pixels are finite and in [0, 1].
        excess: how far the longest perturbation exceeds eps; below 0 where all are shorter.
        unchanged_at_zero: with eps = 0 the attack returns the images as they are.
        white_box: share that the attack fools, images wrong from the start included.
        black_box: share that random noise of length eps, or the transferred images, fool.
        missed: share that the black box fools and the attack does not.
    """

    count: int
    zero_gradient: float
    modes_restored: bool
    inside_box: bool
    excess: float
    unchanged_at_zero: bool
    white_box: float
    black_box: float
    missed: float

    @property
    def flags(self) -> dict[str, str]:
        """What is wrong, in a sentence for each flag raised; empty when the run can be believed.

        Example:
            >>> checks = AttackChecks(
            ...     count=100, zero_gradient=0.0, modes_restored=True, inside_box=True, excess=-1e-9,
            ...     unchanged_at_zero=True, white_box=0.4, black_box=0.5, missed=0.1,
            ... )
            >>> list(checks.flags)
            ['black_box_better']
        """
        verdicts = {
            "zero_gradient": self.zero_gradient > 0,
            "mode_changed": not self.modes_restored,
            "outside_box": not self.inside_box,
            "outside_ball": not self.excess <= _TOLERANCE,
            "changed_at_zero": not self.unchanged_at_zero,
            "black_box_better": self.missed > _MISSED,
        }
        return {flag: self._sentence(flag) for flag, raised in verdicts.items() if raised}

    def _sentence(self, flag: str) -> str:
        return {
            "zero_gradient": f"{self.zero_gradient:.1%} of the images have no gradient: attacks that follow it are "
            f"blind there, so robustness is overstated.",
            "mode_changed": "The attack left modules of the classifier in another mode than it found them in.",
            "outside_box": "Some attacked pixels are not finite or outside [0, 1]: these are not images.",
            "outside_ball": f"The longest perturbation exceeds eps by {self.excess:.3g}: the attack cheats.",
            "changed_at_zero": "With eps = 0 the attack changes images: its projection is wrong.",
            "black_box_better": f"A black box fools {self.missed:.1%} of the images where the attack fails "
            f"({self.black_box:.1%} against {self.white_box:.1%} in all): the attack is weak, or gradients mislead.",
        }[flag]


def attack_with_checks(
    attack: Callable[..., Tensor],
    classifier: Classifier,
    images: Tensor,
    labels: Tensor,
    *,
    eps: float,
    norm: str = "linf",
    transferred: Tensor | None = None,
    generator: torch.Generator | None = None,
) -> tuple[Tensor, AttackChecks]:
    """Run an untargeted attack and check it.

    Beside the attack this costs one gradient, six forward passes, and the attack with eps = 0 on eight images.

    Args:
        attack: called as ``attack(classifier, images, labels, eps=..., norm=...)``; settings go in by
            ``functools.partial``.
        classifier: (N, 3, H, W) pixels to (N, K) logits. A plain function has no modules whose mode could be seen.
        images: (N, 3, H, W) float32 in [0, 1], at least one.
        labels: (N,) classes to leave.
        eps: radius.
        norm: ``"linf"`` or ``"l2"``.
        transferred: (N, 3, H, W) images that fool another classifier, at the same eps, as a second black box.
        generator: of the noise, on any device; None is a fresh one with seed 0.

    Returns:
        The attacked images (N, 3, H, W) and the checks.

    Raises:
        ValueError: no images, or what the attack itself refuses.
    """
    if not len(images):
        raise ValueError("expected at least one image to attack, got none")
    modes = _modes(classifier)
    attacked = attack(classifier, images, labels, eps=eps, norm=norm).detach()
    modes_restored = _modes(classifier) == modes
    few = images[:_ZERO_RADIUS_IMAGES]
    unmoved = attack(classifier, few, labels[: len(few)], eps=0.0, norm=norm)
    fooled = _fooled(classifier, attacked, labels)
    by_black_box = _fooled_by_noise(classifier, images, labels, eps=eps, norm=norm, generator=generator)
    if transferred is not None:
        by_black_box |= _fooled(classifier, transferred, labels)
    gradients = input_gradients(classifier, images, labels)
    return attacked, AttackChecks(
        count=len(images),
        zero_gradient=_share(gradients.flatten(1).abs().amax(dim=1) == 0),
        modes_restored=modes_restored,
        inside_box=bool(((attacked >= 0) & (attacked <= 1)).all()),  # NaN is not
        excess=float(find_norm(norm).length(attacked.double() - images.double()).max()) - eps,
        unchanged_at_zero=torch.equal(unmoved, few),
        white_box=_share(fooled),
        black_box=_share(by_black_box),
        missed=_share(by_black_box & ~fooled),
    )


def _modes(classifier: Classifier) -> list[bool]:
    return [part.training for part in classifier.modules()] if isinstance(classifier, nn.Module) else []


@torch.no_grad()
def _fooled(classifier: Classifier, images: Tensor, labels: Tensor) -> Tensor:
    return make_goal(labels, None, images).reached(classifier(images))


def _fooled_by_noise(
    classifier: Classifier,
    images: Tensor,
    labels: Tensor,
    *,
    eps: float,
    norm: str,
    generator: torch.Generator | None,
) -> Tensor:
    """(N,) bool: does any of a few random perturbations of length eps do? The clean image counts too."""
    ball, draws = find_norm(norm), torch.Generator().manual_seed(0) if generator is None else generator
    radii = make_radii(eps, images)
    fooled = _fooled(classifier, images, labels)
    for _ in range(_NOISE_DRAWS):
        noisy = project(images, images + eps * ball.edge(images.shape, draws).to(images), radii, ball)
        fooled |= _fooled(classifier, noisy, labels)
    return fooled


def _share(chosen: Tensor) -> float:
    return float(chosen.double().mean())
