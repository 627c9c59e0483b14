"""A flow that reads its condition through one network: what it makes of the condition is shared by all blocks.

The network first says where values are, how far they spread and how they hang together: a Gaussian whose mean and
covariance depend on the condition. A flow bends what is left, given the network's hidden variables. New, the whole is
the identity. The first step is our own: it can be trained alone, at a fraction of the cost of a flow that has to move
values bit by bit.

Reference:
    Rombach, Esser and Ommer, Making Sense of CNNs, 2020, https://arxiv.org/abs/2008.01777 (one embedding of the
    condition for all blocks, trained with the flow)
"""

import torch
from torch import Tensor, nn

from xai.flows import Flow

__all__ = ["ConditionalFlow"]

_MOST = 3.0  # bound of the log-scale


class ConditionalFlow(nn.Module):
    """A bijection of (N, D) values, with its log-determinant, given a condition.

    Args:
        features: D, at least 2.
        context: length of the condition.
        blocks: of the flow.
        hidden: width of all networks; the flow sees half as many variables of the condition.
        seed: of the weights; the global random state stays as it is.

    Example:
        >>> flow = ConditionalFlow(3, context=2, blocks=1, hidden=8)
        >>> x = torch.tensor([[1.0, 2.0, 3.0]])
        >>> torch.equal(flow(x, torch.ones(1, 2))[0], x)  # new, the identity
        True
    """

    def __init__(self, features: int, *, context: int, blocks: int = 4, hidden: int = 128, seed: int = 0) -> None:
        super().__init__()
        self.features, self.context, self.blocks, self.hidden = features, context, blocks, hidden
        seen = max(1, hidden // 2)
        with torch.random.fork_rng(devices=[]):
            torch.default_generator.manual_seed(seed)
            self.embed = nn.Sequential(nn.Linear(context, hidden), nn.SiLU(), nn.Linear(hidden, seen), nn.SiLU())
            self.place, self.lean = nn.Linear(seen, 2 * features), nn.Linear(seen, features * (features - 1) // 2)
        for last in (self.place, self.lean):
            nn.init.zeros_(last.weight)
            nn.init.zeros_(last.bias)
        self.flow = Flow(features, context=seen, blocks=blocks, hidden=hidden, seed=seed)

    def forward(self, x: Tensor, c: Tensor) -> tuple[Tensor, Tensor]:
        """Map values (N, D) with conditions (N, C) to variables (N, D); and (N,) log |det|."""
        placed, logdet, seen, _ = self._placed(x, c)
        v, part = self.flow(placed, seen)
        return v, logdet + part

    def gaussian(self, x: Tensor, c: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """The first step alone: what :meth:`forward` gives before the flow bends it, and (N, D) the mean."""
        placed, logdet, _, mean = self._placed(x, c)
        return placed, logdet, mean

    def inverse(self, v: Tensor, c: Tensor) -> Tensor:
        """Map variables (N, D) back to values (N, D), given conditions (N, C)."""
        seen, shift, log_scale = self._read(c)
        placed = self.flow.inverse(v, seen)[:, :, None]
        straight: Tensor = torch.linalg.solve_triangular(self._below(seen), placed, upper=False, unitriangular=True)
        return straight[:, :, 0] * log_scale.exp() + shift

    def _placed(self, x: Tensor, c: Tensor) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        seen, shift, log_scale = self._read(c)
        straight = (x - shift) * (-log_scale).exp()
        placed = straight + (self._below(seen) @ straight[:, :, None])[:, :, 0]
        return placed, -log_scale.sum(1), seen, shift

    def _read(self, c: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        seen = self.embed(c)
        shift, log_scale = self.place(seen).chunk(2, dim=1)
        return seen, shift, _MOST * torch.tanh(log_scale / _MOST)

    def _below(self, seen: Tensor) -> Tensor:
        """How much of the values before it is added to each: (N, D, D), 0 on the diagonal and above."""
        rows, columns = torch.tril_indices(self.features, self.features, -1, device=seen.device)
        below = seen.new_zeros(len(seen), self.features, self.features)
        below[:, rows, columns] = self.lean(seen)
        return below
