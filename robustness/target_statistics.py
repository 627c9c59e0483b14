"""Permuted AdaIN across domains: labelled source images take on the statistics of an unlabelled target domain.

A batch holds source images and then as many of the target. At every site of pAdaIN the first half receives, now and
then, the channel statistics of the second, which stays as it is. Labels are needed for the first half alone, and what
was learned there holds under the level and contrast of the target.

Reference:
    Nuriel, Benaim and Wolf, "Permuted AdaIN: Reducing the Bias Towards Global Statistics in Image Classification",
    CVPR 2021, section 4 (adaptation), https://arxiv.org/abs/2010.05785. There the exchange is added to FADA, which
    trains domain discriminators beside it; here it stands alone.
"""

import torch
from torch import Tensor, nn

from robustness.padain import attach_at_sites, swap_statistics

__all__ = ["TargetStatistics", "insert_target_statistics"]


class TargetStatistics(nn.Module):
    """:func:`~robustness.padain.swap_statistics` from the second half of a batch to the first, in training mode only.

    Args:
        p: probability of an exchange for each call, in [0, 1].
        eps: as in :func:`~robustness.padain.permuted_adain`.
        generator: of the draws; None is torch's global generator of the CPU.

    Example:
        >>> halves = torch.tensor([[0.0, 2.0], [10.0, 30.0]]).view(2, 1, 1, 2)
        >>> TargetStatistics(p=1.0)(halves).flatten().round(decimals=3).tolist()
        [10.0, 30.0, 10.0, 30.0]
    """

    def __init__(self, p: float = 0.01, eps: float = 1e-5, generator: torch.Generator | None = None) -> None:
        super().__init__()
        self.p = p
        self.eps = eps
        self.generator = generator

    def forward(self, features: Tensor) -> Tensor:
        """Features (2 N, C, H, W), source first, in; the same shape out.

        Raises:
            ValueError: a batch that cannot be halved.
        """
        if not self.training:
            return features
        if len(features) % 2:
            raise ValueError(f"expected as many target as source images in a batch, got {len(features)} in all")
        source, target = features.chunk(2)
        return torch.cat((swap_statistics(source, target, self.p, self.eps, self.generator), target))

    def extra_repr(self) -> str:
        """Settings, for the printed network."""
        return f"p={self.p}, eps={self.eps}"


def insert_target_statistics(model: nn.Module, p: float = 0.01) -> int:
    """Put :class:`TargetStatistics` where :func:`~robustness.padain.insert_padain` would permute; it replaces that.

    :func:`~robustness.padain.remove_padain` takes it out again.

    Args:
        model: any network with BatchNorm2d after or before its convolutions.
        p: probability of an exchange at each site.

    Returns:
        The number of sites.

    Raises:
        ValueError: p outside [0, 1], or a network without any site.
    """
    return attach_at_sites(model, lambda: TargetStatistics(p), p)
