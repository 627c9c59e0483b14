"""What a flow is trained for: partners that correlate in the factors they share, and in nothing else.

Reference:
    Esser, Rombach and Ommer, 2020, equations 7 to 9, https://arxiv.org/abs/2004.13166. The paper prints squares
    without the factor 1/2 of a likelihood; its code (https://github.com/CompVis/iin) has it, as here.
"""

import math
from collections.abc import Iterable

import torch
from torch import Tensor

__all__ = ["pair_negative_log_likelihood", "shared_dimensions"]

Mapped = tuple[Tensor, Tensor]
"""What a flow answers: (P, k) variables and (P,) log-determinants."""


def shared_dimensions(shared: Tensor, sizes: Iterable[int]) -> Tensor:
    """Spread which factors pairs share over the factors' dimensions.

    Args:
        shared: (P, K + 1) bool.
        sizes: dimensions of each of the K + 1 factors, the residual last.

    Returns:
        (P, k) bool.

    Example:
        >>> shared_dimensions(torch.tensor([[True, False]]), [2, 1]).tolist()
        [[True, True, False]]
    """
    return shared.repeat_interleave(torch.tensor(list(sizes), device=shared.device), dim=1)


def pair_negative_log_likelihood(first: Mapped, second: Mapped, shared: Tensor, *, correlation: float) -> Tensor:
    """Negative log-likelihood (P,) in nats of both members of pairs.

    Every dimension is standard normal in each member. Where a pair shares a dimension, its members correlate by
    ``correlation``, elsewhere they are independent.

    Args:
        first: variables and log-determinants of the first members.
        second: of the second members.
        shared: (P, k) bool, the dimensions that a pair shares.
        correlation: in 0 <= rho < 1.

    Raises:
        ValueError: a correlation outside of that, under which partners that are equal would be infinitely likely.
    """
    if not 0 <= correlation < 1:
        raise ValueError(f"expected `correlation` in 0 <= rho < 1, got {correlation}")
    (v, logdet), (w, other_logdet) = first, second
    free = 1 - correlation**2
    conditional = (w - correlation * v).square() / free + math.log(free)
    squares = v.square() + torch.where(shared, conditional, w.square()) + 2 * math.log(2 * math.pi)
    return squares.sum(1) / 2 - logdet - other_logdet
