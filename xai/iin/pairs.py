"""Pairs of images that share something: the only supervision that names a factor.

Pairs are rows of one table of features, so that an image that is in many pairs is seen through the layer once. Edited
copies of images are further rows of that table.

Reference:
    Esser, Rombach and Ommer, 2020, section 3.2, https://arxiv.org/abs/2004.13166
"""

from collections.abc import Mapping
from dataclasses import dataclass

import torch
from torch import Tensor

__all__ = ["RESIDUAL", "Pairs", "join_pairs", "pairs_alike", "pairs_close"]

RESIDUAL = "residual"
"""The factor of everything that no pair speaks of; it stands last."""


@dataclass(frozen=True, kw_only=True)
class Pairs:
    """P pairs of images, and which factors each shares.

    Attributes:
        factors: K names; the residual comes on top of them.
        rows: (P, 2) int64, rows of the table of features.
        shared: (P, K + 1) bool, in the order of the factors, the residual last.
    """

    factors: tuple[str, ...]
    rows: Tensor
    shared: Tensor

    def __post_init__(self) -> None:
        if len(set(self.factors)) < len(self.factors) or RESIDUAL in self.factors:
            raise ValueError(f"expected different names other than {RESIDUAL!r}, got {', '.join(self.factors)}")
        if self.rows.ndim != 2 or self.rows.shape[1] != 2 or self.rows.dtype != torch.int64:
            raise ValueError(f"expected `rows` (P, 2) int64, got {tuple(self.rows.shape)} {self.rows.dtype}")
        if self.shared.shape != (len(self.rows), len(self.factors) + 1) or self.shared.dtype != torch.bool:
            expected = (len(self.rows), len(self.factors) + 1)
            raise ValueError(f"expected `shared` {expected} bool, got {tuple(self.shared.shape)} {self.shared.dtype}")

    def __len__(self) -> int:
        return len(self.rows)

    def sharing(self, factor: str) -> Tensor:
        """(P', 2) rows of the pairs that share one factor and, as far as is known, nothing else."""
        return self.rows[(self.shared == self._column(factor)).all(1)]

    def all_but(self, factor: str) -> Tensor:
        """(P', 2) rows of the pairs that share everything but one factor."""
        return self.rows[(self.shared != self._column(factor)).all(1)]

    def _column(self, factor: str) -> Tensor:
        return torch.tensor([*(name == factor for name in self.factors), False], device=self.shared.device)


def join_pairs(sharing: Mapping[str, Tensor], all_but: Mapping[str, Tensor] | None = None) -> Pairs:
    """Join the pairs of several factors.

    Args:
        sharing: (P, 2) rows by the one factor that they share.
        all_but: (P, 2) rows by the one factor that they do not share.

    Raises:
        ValueError: no pairs of any factor.

    Example:
        >>> pairs = join_pairs({"shape": torch.tensor([[0, 1]])}, {"hue": torch.tensor([[2, 3]])})
        >>> pairs.factors, pairs.shared.tolist()
        (('shape', 'hue'), [[True, False, False], [True, False, True]])
    """
    but = {} if all_but is None else all_but
    factors = tuple(dict.fromkeys([*sharing, *but]))
    rows, shared = [], []
    for given, differ in ((sharing, False), (but, True)):
        for name, part in given.items():
            mask = torch.tensor([*((factor == name) != differ for factor in factors), differ])
            rows.append(part)
            shared.append(mask.expand(len(part), -1))
    if not rows:
        raise ValueError("expected pairs of at least one factor, got none; without pairs, train on the density alone")
    return Pairs(factors=factors, rows=torch.cat(rows), shared=torch.cat(shared).to(rows[0].device))


def pairs_alike(values: Tensor, *, generator: torch.Generator, rows: Tensor | None = None) -> Tensor:
    """Give every image a random partner with the same value; an image without one is left out, two make one pair.

    Args:
        values: (N,) class or category of each image.
        generator: of the draws.
        rows: the images to pair, all N where None; pairs of disjoint sets of images share no image.

    Returns:
        (P, 2) int64.

    Example:
        >>> pairs_alike(torch.tensor([3, 7, 3, 5, 7]), generator=torch.Generator().manual_seed(0)).tolist()
        [[0, 2], [1, 4]]
    """
    chosen = torch.arange(len(values)) if rows is None else rows
    groups = [chosen[values[chosen] == value] for value in values[chosen].unique()]
    found = [_cyclic(group, generator) for group in groups if len(group) > 1]
    return torch.cat(found) if found else torch.empty(0, 2, dtype=torch.int64)


def pairs_close(
    values: Tensor, *, generator: torch.Generator, width: float = 0.01, rows: Tensor | None = None
) -> Tensor:
    """Give every image a random partner whose value is close in rank; ties are broken at random.

    Args:
        values: (N,) a number per image.
        generator: of the draws.
        width: how far the partner's rank may be, as a fraction of the number of images; at least one rank.
        rows: the images to pair, all N where None.

    Returns:
        (P, 2) int64.
    """
    chosen = torch.arange(len(values)) if rows is None else rows
    n = len(chosen)
    if n < 2:
        return torch.empty(0, 2, dtype=torch.int64)
    chosen = chosen[torch.randperm(n, generator=generator)]
    chosen = chosen[values[chosen].argsort(stable=True)]
    reach = max(1, min(round(width * n), n // 2))
    step = torch.randint(1, reach + 1, (n,), generator=generator)
    step = torch.where(torch.rand(n, generator=generator) < 0.5, -step, step)
    here = torch.arange(n)
    partner = here + step
    partner = torch.where((partner < 0) | (partner >= n), here - step, partner)  # at the ends, to the other side
    return torch.stack([chosen, chosen[partner]], 1)


def _cyclic(group: Tensor, generator: torch.Generator) -> Tensor:
    """Every member with the next of a random round, so that none meets itself and all are met equally often."""
    order = group[torch.randperm(len(group), generator=generator)]
    pairs = torch.stack([order, order.roll(1)], 1)
    pairs = pairs[pairs[:, 0].argsort()]
    return pairs if len(group) > 2 else pairs[:1]  # the other way round says nothing new
