"""Which directions of whitened features pairs share, how many, and whether a factor is there at all.

For pairs that share one factor, the eigenvalues of the cross-covariance of partners against the covariance of all
members are correlations: 1 along a direction that is the factor alone, 0 where there is nothing of it. The directions
above what random partners show are the factor, and their number is its size. For pairs that share everything but one
factor, half the covariance of the difference says the same the other way round: 1 where partners are as different as
strangers.

The recipe is our own; the paper sizes factors by a softmax (:mod:`xai.iin.shares`), which never gives 0.
"""

from dataclasses import dataclass

import torch
from torch import Tensor

from xai.iin.pairs import Pairs

__all__ = ["FactorSpectrum", "factor_spectra"]

FEWEST_PAIRS = 20  # below, random partners agree as well as true ones
_REPAIRINGS = 20
_MARGIN = 1.2  # on the largest eigenvalue that random partners show
_SURE = 0.99  # a correlation above says little more about a direction, and 1 would outweigh all others
_HALF = 0.5  # a direction belongs to what differs if partners differ there by at least half of what strangers do


@dataclass(frozen=True, kw_only=True)
class FactorSpectrum:
    """What pairs say about one factor.

    Attributes:
        factor: its name.
        values: (k,) eigenvalues, falling: correlations of partners, for pairs that share the factor.
        null: the level that an eigenvalue must pass.
        directions: (k, n) orthonormal directions of whitened features that passed.
        pairs: how many there were.
    """

    factor: str
    values: Tensor
    null: float
    directions: Tensor
    pairs: int

    @property
    def size(self) -> int:
        """Number of directions; 0 where the layer does not represent the factor."""
        return self.directions.shape[1]

    @property
    def certainty(self) -> Tensor:
        """(n,) for each direction, the ratio of what partners share to what they do not; at most 99."""
        kept = self.values[: self.size].clamp(max=_SURE)
        return kept / (1 - kept)

    @property
    def statement(self) -> str:
        """The finding in a sentence."""
        top, low = self.values[0].item(), self.values[-1].item()
        if low < -self.null:
            return (
                f"{self.factor}: contradictory pairs; partners differ systematically along a direction "
                f"(eigenvalue {low:.2f}, null {-self.null:.2f})"
            )
        if not self.size:
            return f"{self.factor}: not represented (largest eigenvalue {top:.2f}, null {self.null:.2f})"
        return f"{self.factor}: {self.size} dimensions (largest eigenvalue {top:.2f}, null {self.null:.2f})"


def factor_spectra(
    coordinates: Tensor, pairs: Pairs, *, largest: int | None = None, generator: torch.Generator
) -> tuple[FactorSpectrum, ...]:
    """Find the directions of every factor.

    Args:
        coordinates: (N, k) whitened features.
        pairs: of the N images; for each factor some that share it alone, or some that share all but it.
        largest: size at most.
        generator: of the random partners.

    Raises:
        ValueError: fewer than 20 pairs of a factor.
    """
    found = []
    for factor in pairs.factors:
        sharing, but = pairs.sharing(factor), pairs.all_but(factor)
        if max(len(sharing), len(but)) < FEWEST_PAIRS:
            raise ValueError(
                f"expected at least {FEWEST_PAIRS} pairs that share {factor!r} alone, or all but it, "
                f"got {len(sharing)} and {len(but)}"
            )
        rows = sharing if len(sharing) >= len(but) else but
        first, second = (coordinates[part].double() for part in rows.T)
        whiten = _whiten(first, second)
        if rows is sharing:
            matrix, null = _agreement(first, second), _MARGIN * _chance(first @ whiten, second @ whiten, generator)
        else:
            matrix, null = (first - second).T @ (first - second) / (2 * len(rows)), _HALF
        values, vectors = (part.flip(-1) for part in torch.linalg.eigh(whiten.T @ matrix @ whiten))
        size = int((values > null).sum())
        size = size if largest is None else min(size, largest)
        directions = torch.linalg.qr(whiten @ vectors[:, :size]).Q
        found.append(FactorSpectrum(factor=factor, values=values, null=null, directions=directions, pairs=len(rows)))
    return tuple(found)


def _whiten(first: Tensor, second: Tensor) -> Tensor:
    """(k, k) map under which members of pairs have covariance 1; with few pairs, that of all images counts instead."""
    members = torch.cat([first, second])
    n, width = members.shape
    covariance = members.T.cov(correction=0).view(width, width)  # of one dimension, torch answers a number
    pulled = (n * covariance + width * torch.eye(width).to(members)) / (n + width)
    inverse: Tensor = torch.linalg.inv(torch.linalg.cholesky(pulled))
    return inverse.T


def _agreement(first: Tensor, second: Tensor) -> Tensor:
    """Symmetric part of the cross-covariance (k, k) of partners (P, k), about the mean of both."""
    centre = (first.mean(0) + second.mean(0)) / 2
    product = (first - centre).T @ (second - centre) / len(first)
    return (product + product.T) / 2


def _chance(first: Tensor, second: Tensor, generator: torch.Generator) -> float:
    """The largest eigenvalue of 20 random pairings of the same images."""
    orders = (torch.randperm(len(second), generator=generator).to(second.device) for _ in range(_REPAIRINGS))
    return float(max(torch.linalg.eigvalsh(_agreement(first, second[order]))[-1].item() for order in orders))
