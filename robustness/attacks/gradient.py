"""Attacks that follow the gradient: PGD in many small steps, FGSM in one.

Both take either ``labels``, which the attack leaves (untargeted), or ``targets``, which it reaches. Report FGSM as a
check of the set-up, never as robustness.
"""

from collections.abc import Callable

import torch
from torch import Tensor

from robustness.attacks.ascent import Ascent, Objective, check_images, gradients_of, make_radii, maximise
from robustness.attacks.goals import Goal, make_goal
from robustness.attacks.losses import LOSSES
from robustness.attacks.norms import find_norm, project

__all__ = ["fgsm", "input_gradients", "pgd"]

Classifier = Callable[[Tensor], Tensor]


def pgd(  # noqa: PLR0913 - the plain call of the attack, every setting of the literature by its name
    classifier: Classifier,
    images: Tensor,
    labels: Tensor | None,
    *,
    eps: float | Tensor,
    norm: str = "linf",
    steps: int = 40,
    restarts: int = 1,
    generator: torch.Generator | None = None,
    targets: Tensor | None = None,
    loss: str = "cross_entropy",
    relative_step: float | None = None,
    early_stop: bool = True,
) -> Tensor:
    """Projected gradient descent: the worst image found in the ball around each image.

    From a random start in the ball, x <- project(x + a * steepest(gradient of the loss)), for every restart. Of all
    steps and restarts an image keeps the worst: one that reaches the goal, else the one of the highest loss, the
    clean image included. An image that is wrong to begin with comes back as it is, unless ``early_stop`` is off.

    The same arguments and generator state give the same result; :func:`~robustness.attacks.ascent.maximise` says
    what holds beyond that. The classifier's mode is the caller's: put networks in evaluation mode.

    Args:
        classifier: (N, 3, H, W) pixels in [0, 1] to (N, K) logits, differentiable in the pixels.
        images: (N, 3, H, W) float32 in [0, 1].
        labels: (N,) classes to leave, or None for a targeted attack.
        eps: radius in units of pixels in [0, 1], such as 8 / 255 for linf; one for all or (N,).
        norm: ``"linf"`` or ``"l2"``.
        steps: gradient steps of a restart.
        restarts: random starts.
        generator: of the starts, on any device; None is a fresh one with seed 0.
        targets: (N,) classes to reach; ``labels`` is then None.
        loss: a key of :data:`robustness.attacks.LOSSES`; :func:`robustness.attacks.choose_loss` knows which apply.
        relative_step: length of a step as a share of ``eps``; None is 2.5 / steps.
        early_stop: leave an image alone once its goal is reached, which gives fooled images of low confidence.
            Without, the loss is raised to the end: the right adversary for a detector.

    Returns:
        (N, 3, H, W) images in [0, 1], no further than ``eps`` from the clean ones.

    Raises:
        ValueError: an argument is not as described, or the classifier has no gradient.

    Reference:
        Madry et al., Towards Deep Learning Models Resistant to Adversarial Attacks, ICLR 2018, section 2.1,
        https://arxiv.org/abs/1706.06083

    Example:
        >>> classifier = lambda pixels: torch.stack([pixels.mean((1, 2, 3)) - 0.5, 0.5 - pixels.mean((1, 2, 3))], 1)
        >>> grey = torch.full((1, 3, 4, 4), 0.52)
        >>> adversarial = pgd(classifier, grey, torch.tensor([0]), eps=0.05)
        >>> classifier(grey).argmax(1).item(), classifier(adversarial).argmax(1).item()
        (0, 1)
    """
    ascent = Ascent(norm=norm, steps=steps, restarts=restarts, relative_step=relative_step, early_stop=early_stop)
    check_images(images)
    objective = _objective(classifier, make_goal(labels, targets, images), loss)
    return maximise(objective, images, eps=eps, ascent=ascent, generator=generator).images


def fgsm(
    classifier: Classifier,
    images: Tensor,
    labels: Tensor | None,
    *,
    eps: float | Tensor,
    norm: str = "linf",
    targets: Tensor | None = None,
    loss: str = "cross_entropy",
) -> Tensor:
    """Fast gradient sign method: one step of length eps from each clean image, x + eps * steepest(gradient).

    Arguments, result and errors as :func:`pgd`. All images are moved, those that are wrong to begin with too.

    Reference:
        Goodfellow, Shlens and Szegedy, Explaining and Harnessing Adversarial Examples, ICLR 2015, section 4,
        https://arxiv.org/abs/1412.6572

    Example:
        >>> classifier = lambda pixels: torch.stack([pixels.mean((1, 2, 3)) - 0.5, 0.5 - pixels.mean((1, 2, 3))], 1)
        >>> fgsm(classifier, torch.full((1, 3, 1, 1), 0.5), torch.tensor([0]), eps=0.25).flatten()
        tensor([0.2500, 0.2500, 0.2500])
    """
    gradients = input_gradients(classifier, images, labels, targets=targets, loss=loss)
    radii, ball = make_radii(eps, images), find_norm(norm)
    with torch.no_grad():
        moved = images + radii.view(-1, 1, 1, 1) * ball.steepest(gradients)
        return project(images, moved, radii, ball)


def input_gradients(
    classifier: Classifier,
    images: Tensor,
    labels: Tensor | None,
    *,
    targets: Tensor | None = None,
    loss: str = "cross_entropy",
) -> Tensor:
    """Gradients (N, 3, H, W) of the loss in the pixels, towards the goal; arguments and errors as :func:`pgd`."""
    check_images(images)
    objective = _objective(classifier, make_goal(labels, targets, images), loss)
    if not len(images):
        return torch.zeros_like(images)
    return gradients_of(objective, images, torch.arange(len(images), device=images.device))[2]


def _objective(classifier: Classifier, goal: Goal, loss: str) -> Objective:
    if loss not in LOSSES:
        raise ValueError(f"expected `loss` to be one of {', '.join(LOSSES)}, got {loss!r}")

    def objective(candidates: Tensor, rows: Tensor) -> tuple[Tensor, Tensor]:
        logits, part = classifier(candidates), goal[rows]
        part.check(logits)
        return LOSSES[loss](logits, part), part.reached(logits)

    return objective
