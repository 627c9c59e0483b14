"""What an attribution method answers: one map per image, and how far to trust its sum."""

from dataclasses import dataclass

import torch
from torch import Tensor

__all__ = ["Attribution"]


@dataclass(frozen=True, kw_only=True)
class Attribution:
    """Signed maps of N images.

    Attributes:
        maps: (N, H, W) float32. Positive pixels speak for the target class, unless ``convention`` says otherwise.
        method: name of the method, a key of :data:`xai.attribution.METHODS`.
        convention: what a map's numbers mean, in words.
        difference: (N,) what the pixels of each map must sum to, in logits, where the method promises completeness.
        completeness_gap: (N,) sum of each map minus ``difference``. None where nothing is promised.
        steps: (N,) gradients that each map took, where the method chooses their number itself.
    """

    maps: Tensor
    method: str
    convention: str
    difference: Tensor | None = None
    completeness_gap: Tensor | None = None
    steps: Tensor | None = None

    @property
    def relative_gap(self) -> Tensor | None:
        """(N,) size of the completeness gap as a fraction of the size of ``difference``; 0 where there is no gap."""
        if self.completeness_gap is None or self.difference is None:
            return None
        gap = self.completeness_gap.abs()
        return torch.where(gap == 0, gap, gap / self.difference.abs())
