"""The adaptive adversary: knows the transforms and the score, and differentiates through both.

It looks for images within a distance whose original the classifier gets wrong while the score calls them trustworthy.
Only what withstands this attack may be called security; detection of an adversary who does not know of the
detector shows how far the two are apart, no more.

Each step takes the gradients of both aims at the logits of all copies, scales them to equal length for every image,
and sends their sum back through the classifier and the transforms in one backward pass. The score pulls only where
the classifier shows the wrong class already, as before that it would defend the right one; the classifier's margin
pulls only until then. Signed steps with momentum shrink along half a cosine. The first run starts at the image, or
where the caller says, and aims at whatever wrong class the copies favour; later runs start at random and aim at one
likely class after the other. The best point of all runs counts.

Reference:
    Bahat, Irani and Shakhnarovich, "Natural and Adversarial Error Detection using Invariance to Image
    Transformations", 2019, https://arxiv.org/abs/1902.00236 (an attacker with full knowledge)
    Athalye, Engstrom, Ilyas and Kwok, "Synthesizing Robust Adversarial Examples", 2018,
    https://arxiv.org/abs/1707.07397 (expectation over transformation)
    Bryniarski, Hingun, Pachuca, Wang and Carlini, "Evading Adversarial Example Detection Defenses with
    Orthogonal Projected Gradient Descent", 2021, https://arxiv.org/abs/2106.15023 (one aim at a time)
    Tramer, Carlini, Brendel and Madry, "On Adaptive Attacks to Adversarial Example Defenses", 2020,
    https://arxiv.org/abs/2002.08347
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from robustness.consistency.aims import Aim, Pull, likely_wrong_classes
from robustness.consistency.copies import Classifier, ImageTransform, check_logits, transformed_logits

__all__ = ["AdaptiveResult", "AttackSettings", "Defence", "adaptive_attack"]


@dataclass(frozen=True, kw_only=True)
class Defence:
    """What is attacked.

    Attributes:
        classifier: (N, 3, H, W) pixels in [0, 1] to (N, K) logits, in evaluation mode.
        transforms: T functions from images to images; random ones call for ``draws`` above 1.
        score: (N, T + 1, K) logits to (N,), higher = more confident: a detector, or one of
            :data:`~robustness.consistency.scores.CONSISTENCY_SCORES`.
    """

    classifier: Classifier
    transforms: Sequence[ImageTransform]
    score: Callable[[Tensor], Tensor]


@dataclass(frozen=True, kw_only=True)
class AttackSettings:
    """How hard the adversary tries.

    Attributes:
        steps: of each run.
        copies_weights: one run each: weight of the classifier's margin on every copy, beside the original's 1.
            At 0 the copies are left to the score; at 1 they must all show the wrong class first, which
            helps against a score without a gradient.
        margin: lead of the wrong class, in logits, up to which copies are pushed in a run with a weight.
        first_step: length of the first step, as a share of ``eps``.
        last_step: length of the last step.
        momentum: share of the direction that is kept.
        draws: forward passes a step, averaged: the expectation over random transforms.
        enough: score at which a run may stop.
        batch_size: copies in a forward pass, and images times copies attacked at once.
    """

    steps: int = 100
    copies_weights: tuple[float, ...] = (0.0, 0.0, 1.0)
    margin: float = 1.0
    first_step: float = 0.5
    last_step: float = 0.02
    momentum: float = 0.75
    draws: int = 1
    enough: float = math.inf
    batch_size: int = 1024

    def __post_init__(self) -> None:
        counts = {"steps": self.steps, "copies_weights": len(self.copies_weights), "draws": self.draws}
        for name, count in (counts | {"batch_size": self.batch_size}).items():
            if count < 1:
                raise ValueError(f"expected `{name}` of at least 1, got {getattr(self, name)}")
        if not 0 <= self.momentum < 1:
            raise ValueError(f"expected `momentum` in [0, 1), got {self.momentum}")


@dataclass(frozen=True, kw_only=True)
class AdaptiveResult:
    """What the adversary found.

    Attributes:
        images: (N, 3, H, W) the most trusted image that fools; the image itself where none does.
        fooled: (N,) booleans: the classifier gets ``images`` wrong.
        scores: (N,) float64 of ``images``; minus infinity where none fools.
    """

    images: Tensor
    fooled: Tensor
    scores: Tensor


def adaptive_attack(
    defence: Defence,
    images: Tensor,
    labels: Tensor,
    *,
    eps: float | Tensor,
    settings: AttackSettings | None = None,
    starts: Tensor | None = None,
    generator: torch.Generator | None = None,
) -> AdaptiveResult:
    """Fool the classifier and evade the score within ``eps`` of the images.

    Args:
        defence: classifier, transforms and score.
        images: (N, 3, H, W) float in [0, 1].
        labels: (N,) right classes.
        eps: largest change of any pixel value, for all images or (N,) one for each.
        settings: how hard to try.
        starts: (N, 3, H, W) where the first run begins, brought within ``eps``; the images if None.
        generator: of the random starts of later runs, on any device; None takes a fresh one with seed 0.

    Returns:
        The best images found, within ``eps`` and [0, 1], never worse than the images themselves.

    Raises:
        ValueError: the shapes do not match, the images are not pixels, ``eps`` is negative, or the classifier gives
            fewer than two classes.
    """
    settings = settings or AttackSettings()
    radius = torch.as_tensor(eps, dtype=images.dtype, device=images.device)
    _check(images, labels, radius)
    radius = radius.expand(len(images)).view(-1, 1, 1, 1)
    generator = generator or torch.Generator().manual_seed(0)
    starts = images if starts is None else starts
    together = max(1, settings.batch_size // (len(defence.transforms) + 1))
    found = []
    for piece in torch.arange(len(images), device=images.device).split(together):
        ball = _Ball(images=images[piece], labels=labels[piece], radius=radius[piece])
        found.append(_attack_piece(defence, ball, starts[piece], settings, generator))
    return AdaptiveResult(
        images=torch.cat([one.images for one in found]),
        fooled=torch.cat([one.scores > -torch.inf for one in found]),
        scores=torch.cat([one.scores for one in found]),
    )


@dataclass(frozen=True, kw_only=True)
class _Ball:
    images: Tensor
    labels: Tensor
    radius: Tensor

    def project(self, pixels: Tensor) -> Tensor:
        return torch.clamp(pixels, self.images - self.radius, self.images + self.radius).clamp(0, 1)

    def random(self, generator: torch.Generator) -> Tensor:
        noise = torch.rand(self.images.shape, generator=generator, device=generator.device)
        return self.project(self.images + self.radius * (2 * noise.to(self.images) - 1))


class _Best:
    """The most trusted image that fools, so far."""

    def __init__(self, ball: _Ball) -> None:
        self.images = ball.images.clone()
        self.scores = torch.full(ball.labels.shape, -torch.inf, dtype=torch.float64)

    def update(self, pixels: Tensor, fooled: Tensor, scores: Tensor) -> None:
        better = fooled & (scores > self.scores)
        self.images[better.to(pixels.device)] = pixels[better.to(pixels.device)]
        self.scores[better] = scores[better]


def _attack_piece(
    defence: Defence, ball: _Ball, starts: Tensor, settings: AttackSettings, generator: torch.Generator
) -> _Best:
    best = _Best(ball)
    labels = ball.labels.cpu()
    with torch.no_grad():
        clean = _logits(defence, ball.images, settings).cpu()
    check_logits(clean)
    wrong = likely_wrong_classes(clean, labels)
    for run, weight in enumerate(settings.copies_weights):
        targets = None if run == 0 else wrong[:, (run - 1) % wrong.shape[1]]
        aim = Aim(labels=labels, targets=targets, copies_weight=weight, margin=settings.margin)
        pixels = ball.random(generator) if run else ball.project(starts)
        _run(defence, ball, aim, pixels, settings, best)
    return best


def _run(defence: Defence, ball: _Ball, aim: Aim, pixels: Tensor, settings: AttackSettings, best: _Best) -> None:
    velocity = torch.zeros_like(pixels)
    for step in range(settings.steps + 1):
        gradient = _evaluate(defence, aim, pixels, settings, best)
        if step == settings.steps or bool((best.scores >= settings.enough).all()):
            return
        velocity = settings.momentum * velocity + gradient
        remaining = (1 + math.cos(math.pi * step / settings.steps)) / 2
        length = settings.last_step + (settings.first_step - settings.last_step) * remaining
        pixels = ball.project(pixels + length * ball.radius * velocity.sign())


def _evaluate(defence: Defence, aim: Aim, pixels: Tensor, settings: AttackSettings, best: _Best) -> Tensor:
    """Keep ``pixels`` where they are the best so far, and point to better ones."""
    pixels = pixels.detach().requires_grad_()
    pulls, total = [], torch.zeros_like(pixels)
    for _ in range(settings.draws):
        logits = _logits(defence, pixels, settings)
        # On the CPU, as some devices lack float64 and the logits are few.
        pulls.append(aim.pull(defence.score, logits.detach().to("cpu", torch.float64)))
        total += _gradient(logits, pixels, pulls[-1])
    fooled = torch.stack([pull.fooled for pull in pulls]).all(0)
    best.update(pixels.detach(), fooled, torch.stack([pull.scores for pull in pulls]).mean(0))
    # Of one size in every image and step, so that the momentum weighs the steps alike.
    return total / total.abs().mean((1, 2, 3), keepdim=True).clamp(min=torch.finfo(total.dtype).tiny)


def _logits(defence: Defence, pixels: Tensor, settings: AttackSettings) -> Tensor:
    return transformed_logits(defence.classifier, pixels, defence.transforms, batch_size=settings.batch_size)


def _gradient(logits: Tensor, pixels: Tensor, pull: Pull) -> Tensor:
    if not logits.requires_grad:
        raise ValueError("expected a classifier differentiable in the pixels, got logits without a gradient")
    (gradient,) = torch.autograd.grad(logits, pixels, pull.direction.to(logits))
    return gradient


def _check(images: Tensor, labels: Tensor, radius: Tensor) -> None:
    if images.ndim != 4 or images.shape[1] != 3 or not images.is_floating_point():
        raise ValueError(f"expected float `images` of shape (N, 3, H, W), got {tuple(images.shape)} {images.dtype}")
    if labels.shape != images.shape[:1]:
        raise ValueError(f"expected `labels` of shape ({len(images)},), got {tuple(labels.shape)}")
    if radius.ndim > 1 or (radius.ndim == 1 and radius.shape != labels.shape) or not bool((radius >= 0).all()):
        raise ValueError("expected `eps` as a number of at least 0, or one for each image")
    if len(images) and not bool(((images >= 0) & (images <= 1)).all()):
        low, high = images.aminmax()
        raise ValueError(f"expected `images` in [0, 1], got {float(low):g}..{float(high):g}; divide 0..255 by 255")
