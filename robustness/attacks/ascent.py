"""Projected gradient ascent on any objective per image, under a ball and the box [0, 1].

This is the engine of :func:`robustness.attacks.pgd`; an attack on something else than a classifier's answer, such as
a detector and all transformed copies, brings its own objective.

An image is reached when the objective says so. What is kept of an image is the best candidate of all steps and
restarts, the clean image included: a reached one before all others, then the highest value.

Reference:
    Madry et al., Towards Deep Learning Models Resistant to Adversarial Attacks, ICLR 2018,
    https://arxiv.org/abs/1706.06083
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

import torch
from torch import Tensor

from robustness.attacks.norms import Norm, find_norm, project

__all__ = ["Ascent", "Found", "Objective", "check_images", "gradients_of", "make_radii", "maximise"]

# (M, 3, H, W) candidates and the (M,) places of their images in the batch -> (M,) values to raise, differentiable
# in the candidates, and (M,) bool, whether the image is reached.
Objective = Callable[[Tensor, Tensor], tuple[Tensor, Tensor]]


@dataclass(frozen=True, kw_only=True)
class Ascent:
    """How to search.

    Attributes:
        norm: a key of :data:`robustness.attacks.NORMS`.
        steps: gradient steps of a restart, at least 1.
        restarts: random starts, at least 1.
        relative_step: length of a step as a share of the radius; None is 2.5 / steps, so that every point of the
            ball is in reach of every start.
        early_stop: leave an image alone once it is reached. Otherwise go on raising its value.
    """

    norm: str = "linf"
    steps: int = 40
    restarts: int = 1
    relative_step: float | None = None
    early_stop: bool = True

    def __post_init__(self) -> None:
        find_norm(self.norm)
        if self.steps < 1 or self.restarts < 1:
            raise ValueError(f"expected `steps` and `restarts` of at least 1, got {self.steps} and {self.restarts}")
        if self.relative_step is not None and not self.relative_step > 0:
            raise ValueError(f"expected `relative_step` above 0, as a share of the radius, got {self.relative_step}")


class Found(NamedTuple):
    """The best candidates so far: ``images`` (N, 3, H, W), ``values`` (N,) float64 and ``reached`` (N,) bool."""

    images: Tensor
    values: Tensor
    reached: Tensor

    def keep(self, rows: Tensor, candidates: Tensor, values: Tensor, reached: Tensor) -> None:
        """Take the candidates that are better than what is kept at ``rows``; a NaN value never is."""
        first = reached & ~self.reached[rows]
        better = first | ((reached == self.reached[rows]) & (values > self.values[rows]))
        places = rows[better]
        self.images[places] = candidates[better]
        self.values[places] = values[better]
        self.reached[places] = reached[better]


def maximise(
    objective: Objective,
    images: Tensor,
    *,
    eps: float | Tensor,
    ascent: Ascent,
    generator: torch.Generator | None = None,
) -> Found:
    """Raise an objective inside the ball around each image.

    Images are treated on their own as far as the objective does so: with a network in evaluation mode a result
    depends on the batch only through rounding and through the random starts, which are drawn for the whole batch
    at once. Starts do not depend on which images are still open, so more restarts never end lower, and stopping
    early reaches the same images.

    Gradients are taken with respect to the candidates alone and whatever the caller's grad mode; no ``.grad`` is
    written.

    Args:
        objective: see :data:`Objective`.
        images: (N, 3, H, W) float32 or float64 in [0, 1].
        eps: radius of the ball, one for all or (N,).
        ascent: norm, steps, restarts and so on.
        generator: of the random starts, on any device; None is a fresh one with seed 0.

    Returns:
        The best candidate of each image, its value and whether the image is reached.

    Raises:
        ValueError: images or radii that are not as above, or an objective without a gradient.
    """
    check_images(images)
    norm = find_norm(ascent.norm)
    draws = torch.Generator().manual_seed(0) if generator is None else generator
    with torch.inference_mode(mode=False), torch.no_grad():
        climb = _Climb(objective, images.detach().clone(), make_radii(eps, images), norm, ascent)
        for _ in range(ascent.restarts):
            start = norm.sample(images.shape, draws).to(images) * climb.radii.view(-1, 1, 1, 1)
            climb.run(project(climb.images, climb.images + start, climb.radii, norm))
    return climb.found


class _Climb:
    """One search: the clean images, their radii and what was found so far."""

    def __init__(self, objective: Objective, images: Tensor, radii: Tensor, norm: Norm, ascent: Ascent) -> None:
        self.objective, self.images, self.radii, self.norm, self.ascent = objective, images, radii, norm, ascent
        count = len(images)
        self.found = Found(
            images=images.clone(),
            values=images.new_full((count,), -math.inf, dtype=torch.float64),
            reached=torch.zeros(count, dtype=torch.bool, device=images.device),
        )
        everything = torch.arange(count, device=images.device)
        if count:
            self.found.keep(everything, images, *_judged(*objective(images, everything)))

    def run(self, start: Tensor) -> None:
        """Climb from ``start`` (N, 3, H, W); images that need it no longer stay behind."""
        rows = self._open()
        candidates = start[rows]
        for _ in range(self.ascent.steps):
            if not len(rows):
                return
            values, reached, gradients = gradients_of(self.objective, candidates, rows)
            self.found.keep(rows, candidates, values, reached)
            going = ~reached if self.ascent.early_stop else torch.ones_like(reached)
            rows, candidates = rows[going], self._step(rows[going], candidates[going], gradients[going])
        if len(rows):
            self.found.keep(rows, candidates, *_judged(*self.objective(candidates, rows)))

    def _open(self) -> Tensor:
        everything = torch.arange(len(self.images), device=self.images.device)
        return everything[~self.found.reached] if self.ascent.early_stop else everything

    def _step(self, rows: Tensor, candidates: Tensor, gradients: Tensor) -> Tensor:
        radii = self.radii[rows]
        share = 2.5 / self.ascent.steps if self.ascent.relative_step is None else self.ascent.relative_step
        length = (radii * share).view(-1, 1, 1, 1)
        moved = candidates + length * self.norm.steepest(gradients)
        return project(self.images[rows], moved, radii, self.norm)


def gradients_of(objective: Objective, candidates: Tensor, rows: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Values (M,), reached (M,) and the values' gradients (M, 3, H, W) in the candidates, NaN replaced by 0.

    Raises:
        ValueError: the values do not depend on the candidates in a way that can be differentiated.
    """
    with torch.inference_mode(mode=False), torch.enable_grad():
        pixels = candidates.detach().clone().requires_grad_()
        values, reached = objective(pixels, rows)
        if not values.requires_grad:
            raise ValueError(
                "expected a classifier that is differentiable in the pixels, got values without a gradient; "
                "remove detach, no_grad or numpy from its forward pass, or use an attack that needs no gradient"
            )
        (gradients,) = torch.autograd.grad(values.sum(), pixels, allow_unused=True, materialize_grads=True)
    return *_judged(values, reached), gradients.nan_to_num()


def make_radii(eps: float | Tensor, images: Tensor) -> Tensor:
    """(N,) radii in the images' precision, rounded down, of one radius or one for each image.

    Raises:
        ValueError: another shape, or a radius that is negative or not finite.
    """
    exact = torch.as_tensor(eps, dtype=torch.float64, device=images.device).detach()
    if exact.shape not in {torch.Size(()), images.shape[:1]}:
        raise ValueError(f"expected `eps` as a number or of shape ({len(images)},), got {tuple(exact.shape)}")
    if not bool(((exact >= 0) & exact.isfinite()).all()):  # also catches NaN
        raise ValueError(f"expected `eps` of at least 0 and finite, in units of pixels in [0, 1], got {eps}")
    exact = exact.expand(len(images))
    nearest = exact.to(images.dtype)
    return torch.where(nearest.double() > exact, nearest.nextafter(torch.zeros_like(nearest)), nearest)


def check_images(images: Tensor) -> None:
    """Refuse images an attack cannot move.

    Raises:
        ValueError: other than (N, C, H, W), float32 or float64, in [0, 1].
    """
    if images.ndim != 4 or images.dtype not in {torch.float32, torch.float64}:
        raise ValueError(
            f"expected `images` of shape (N, 3, H, W) as float32 in [0, 1], got {tuple(images.shape)} {images.dtype}; "
            f"divide uint8 pixels by 255"
        )
    if images.numel() and not bool(((images >= 0) & (images <= 1)).all()):  # also catches NaN
        low, high = (bound.item() for bound in images.aminmax())
        raise ValueError(f"expected `images` in [0, 1], got {low:g}..{high:g}; attack pixels before normalisation")


def _judged(values: Tensor, reached: Tensor) -> tuple[Tensor, Tensor]:
    return values.detach().double(), reached.detach()
