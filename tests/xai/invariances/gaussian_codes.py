"""Codes and features that are jointly Gaussian, with all that is to be found known in closed form."""

from typing import NamedTuple

import torch
from torch import Tensor

from xai.invariances import Posterior


class GaussianCodes(NamedTuple):
    codes: Tensor
    features: Tensor
    covariance: Tensor
    """Of codes given features."""

    @property
    def explained(self) -> float:
        """Share of the variance of codes that features leave open."""
        return float(self.covariance.trace() / (self.covariance + torch.diag(torch.tensor(WEIGHTS) ** 2)).trace())


WEIGHTS = (1.5, 1.0, 0.5, 0.0)


def gaussian_codes(count: int, seed: int = 0) -> GaussianCodes:
    """Four codes, each a multiple of one of four features plus correlated noise."""
    generator = torch.Generator().manual_seed(seed)
    features = torch.randn(count, 4, generator=generator)
    root = torch.tensor([[0.6, 0, 0, 0], [0.3, 0.5, 0, 0], [0, 0, 0.4, 0], [0, 0.2, 0, 1.0]])
    codes = features * torch.tensor(WEIGHTS) + torch.randn(count, 4, generator=generator) @ root.T
    return GaussianCodes(codes, features * 3 + 1, root @ root.T)


def certain(codes: Tensor) -> Posterior:
    """Codes that are known exactly."""
    return Posterior(mean=codes, log_variance=torch.full_like(codes, -40.0))
