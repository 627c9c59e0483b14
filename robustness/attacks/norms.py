"""The balls that perturbations live in: length, steepest direction, projection and random points.

Perturbations are (N, 3, H, W) and radii (N,). Everything stays inside by construction, rounding included: a
projected image is moved one floating-point number towards the clean one, so that no measured distance exceeds
the radius.
"""

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

__all__ = ["NORMS", "Norm", "find_norm", "project"]


@dataclass(frozen=True, kw_only=True)
class Norm:
    """What an attack needs to know of a norm.

    Attributes:
        length: (N, 3, H, W) -> (N,).
        steepest: gradients -> perturbations of length 1 along which a linear loss grows fastest; 0 for 0.
        shrink: (perturbations, radii) -> the nearest perturbations no longer than the radii.
        sample: (shape, generator) -> random perturbations no longer than 1, uniform in the ball.
        edge: (shape, generator) -> random perturbations of length 1.
    """

    length: Callable[[Tensor], Tensor]
    steepest: Callable[[Tensor], Tensor]
    shrink: Callable[[Tensor, Tensor], Tensor]
    sample: Callable[[torch.Size, torch.Generator], Tensor]
    edge: Callable[[torch.Size, torch.Generator], Tensor]


def _linf_length(perturbations: Tensor) -> Tensor:
    return perturbations.flatten(1).abs().amax(dim=1)


def _linf_shrink(perturbations: Tensor, radii: Tensor) -> Tensor:
    limit = _spread(radii, perturbations)
    return perturbations.clamp(-limit, limit)


def _linf_sample(shape: torch.Size, generator: torch.Generator) -> Tensor:
    return torch.empty(shape, device=generator.device).uniform_(-1, 1, generator=generator)


def _linf_edge(shape: torch.Size, generator: torch.Generator) -> Tensor:
    return torch.randint(0, 2, shape, generator=generator, device=generator.device).float().mul_(2).sub_(1)


def _l2_length(perturbations: Tensor) -> Tensor:
    length: Tensor = torch.linalg.vector_norm(perturbations.flatten(1), dim=1)
    return length


def _l2_steepest(gradients: Tensor) -> Tensor:
    # Scaled by the largest entry first: squares of tiny float32 gradients underflow.
    largest = _spread(_linf_length(gradients), gradients)
    scaled = gradients / torch.where(largest > 0, largest, 1)
    length = _spread(_l2_length(scaled), scaled)
    return scaled / torch.where(length > 0, length, 1)


def _l2_shrink(perturbations: Tensor, radii: Tensor) -> Tensor:
    length = _l2_length(perturbations)
    # A float32 sum of squares is off by some 1e-7 of itself, so the radius gives way by 1e-6 of itself.
    factor = torch.where(length > radii, radii * (1 - 1e-6) / length, 1)
    return perturbations * _spread(factor, perturbations)


def _l2_sample(shape: torch.Size, generator: torch.Generator) -> Tensor:
    directions = _l2_edge(shape, generator)
    radii = torch.rand(shape[0], generator=generator, device=generator.device) ** (1 / shape[1:].numel())
    return directions * _spread(radii, directions)


def _l2_edge(shape: torch.Size, generator: torch.Generator) -> Tensor:
    return _l2_steepest(torch.randn(shape, generator=generator, device=generator.device))


NORMS: dict[str, Norm] = {
    "linf": Norm(length=_linf_length, steepest=torch.sign, shrink=_linf_shrink, sample=_linf_sample, edge=_linf_edge),
    "l2": Norm(length=_l2_length, steepest=_l2_steepest, shrink=_l2_shrink, sample=_l2_sample, edge=_l2_edge),
}


def find_norm(name: str) -> Norm:
    """A norm by its name.

    Raises:
        ValueError: it is not in :data:`NORMS`.
    """
    if name not in NORMS:
        raise ValueError(f"expected `norm` to be one of {', '.join(NORMS)}, got {name!r}")
    return NORMS[name]


def project(images: Tensor, perturbed: Tensor, radii: Tensor, norm: Norm) -> Tensor:
    """Bring perturbed images into the ball around the clean ones and into the box [0, 1].

    First the ball, then the box: the result is in both, though not the nearest such point for L2.

    Args:
        images: (N, 3, H, W) in [0, 1].
        perturbed: (N, 3, H, W).
        radii: (N,) at least 0.
        norm: of the ball.

    Returns:
        (N, 3, H, W); equal to ``images`` where the radius is 0.

    Example:
        >>> images = torch.full((1, 3, 1, 1), 0.9)
        >>> project(images, images + 0.5, torch.tensor([0.25]), NORMS["linf"]).flatten().tolist()
        [1.0, 1.0, 1.0]
    """
    moved = images + norm.shrink(perturbed - images, radii)
    # x + d may round to more than d away from x; the next number towards x is not.
    return torch.nextafter(moved, images).clamp_(0, 1)


def _spread(values: Tensor, like: Tensor) -> Tensor:
    """(N,) values as (N, 1, 1, 1), to act on whole images."""
    return values.view(-1, *[1] * (like.ndim - 1))
