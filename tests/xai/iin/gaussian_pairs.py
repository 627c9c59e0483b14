"""Pairs whose factors are known: normal latents, mixed by an invertible matrix of uneven scales."""

from dataclasses import dataclass

import torch
from torch import Tensor

from xai.iin.pairs import Pairs, join_pairs

RHO = 0.975
SIZES = {"shape": 2, "hue": 1}
WIDTH = 12


def normal(*shape: int, seed: int = 0) -> Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def mixing(width: int = WIDTH) -> Tensor:
    """A random rotation, then a scale for every unit."""
    return torch.linalg.qr(normal(width, width, seed=99)).Q * torch.linspace(0.5, 5, width, dtype=torch.float64)


def columns(factor: str) -> list[int]:
    start = 0 if factor == "shape" else SIZES["shape"]
    return list(range(start, start + SIZES[factor]))


@dataclass(frozen=True)
class Planted:
    latents: Tensor
    features: Tensor
    pairs: Pairs


def planted(n: int = 1500, *, seed: int = 0, but: bool = False, dtype: torch.dtype = torch.float64) -> Planted:
    """N images, and for every factor N partners that share it (or all but it) up to a correlation of RHO."""
    base = normal(n, WIDTH, seed=1000 * seed)
    latents, rows = [base], {}
    for number, factor in enumerate(SIZES, start=1):
        shares = torch.zeros(WIDTH, dtype=torch.bool)
        shares[columns(factor)] = True
        fresh = normal(n, WIDTH, seed=1000 * seed + number)
        latents.append(torch.where(shares != but, RHO * base + (1 - RHO**2) ** 0.5 * fresh, fresh))
        rows[factor] = torch.stack([torch.arange(n), torch.arange(n) + number * n], 1)
    table = torch.cat(latents)
    pairs = join_pairs({}, rows) if but else join_pairs(rows)
    return Planted(table, (table @ mixing() + 3).to(dtype), pairs)


def r_squared(x: Tensor, y: Tensor) -> float:
    """Least squares from x (N, n) to y (N, m), share of variance explained."""
    x, y = (part.double() - part.double().mean(0) for part in (x, y))
    rest = y - x @ torch.linalg.lstsq(x, y).solution
    return 1 - (rest.square().sum() / y.square().sum()).item()
