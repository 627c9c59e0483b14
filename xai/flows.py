"""Normalising flows: a bijection between features and independent standard normal variables, given a condition.

A block is ActNorm, two affine couplings that change one half each given the other, and a fixed permutation. A new
flow is the identity: couplings begin at zero, and the permutations are undone at the end, so that training starts from
whatever linear map the features went through before. :meth:`Flow.initialize` then standardises them.

Couplings are zuko's, evaluated on halves that lie side by side, without its general indices: the same numbers in less
time. Departures from the original: its network gives scale and shift together, and the bound of the log-scale to
-1..1 is s / (1 + |s|) where the original has tanh.

Reference:
    Esser, Rombach and Ommer, A Disentangling Invertible Interpretation Network for Explaining Latent
    Representations, 2020, https://arxiv.org/abs/2004.13166; constants from https://github.com/CompVis/iin
    Kingma and Dhariwal, Glow, 2018, section 3 (ActNorm, zero start), https://arxiv.org/abs/1807.03039
"""

import math
from functools import partial
from pathlib import Path
from typing import cast

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from zuko.flows.coupling import GeneralCouplingTransform
from zuko.transforms import MonotonicAffineTransform

from xai.storage import read_tensors, write_tensors

__all__ = ["ActNorm", "Flow", "load_flow", "negative_log_likelihood", "save_flow"]

_KIND = "flow"
_LAYERS = 3  # hidden layers of a coupling's network, CompVis/iin: hidden_depth 2 and the first
_CONSTANT = 1e-6  # a spread below this fraction of the mean is rounding in float32
_BOUNDED_AFFINE = partial(MonotonicAffineTransform, slope=math.exp(-1))


class ActNorm(nn.Module):
    """Scale and shift of every feature: ``y = exp(log_scale) (x + shift)``; learned, from a start on data.

    Args:
        features: D.
    """

    def __init__(self, features: int) -> None:
        super().__init__()
        self.shift = nn.Parameter(torch.zeros(features))
        self.log_scale = nn.Parameter(torch.zeros(features))

    @torch.no_grad()
    def initialize(self, x: Tensor) -> None:
        """Give each feature mean 0 and standard deviation 1 on a batch; a constant one gets mean 0 alone.

        Args:
            x: (N, D), N at least 2.
        """
        mean, spread = x.double().mean(0), x.double().std(0, correction=0)
        constant = spread <= _CONSTANT * mean.abs() + torch.finfo(torch.float32).tiny
        self.shift.copy_(-mean)
        self.log_scale.copy_(-torch.where(constant, 1.0, spread).log())

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Normalise (N, D); the result (N, D) and the log-determinant (N,)."""
        return (x + self.shift) * self.log_scale.exp(), self.log_scale.sum().expand(len(x))

    def inverse(self, y: Tensor) -> Tensor:
        """Undo :meth:`forward`, (N, D) to (N, D)."""
        return y * (-self.log_scale).exp() - self.shift


class _Block(nn.Module):
    order: Tensor

    def __init__(self, features: int, context: int, hidden: int) -> None:
        super().__init__()
        self.norm = ActNorm(features)
        self.kept = (features + 1) // 2
        first = torch.arange(features) < self.kept
        self.couplings = nn.ModuleList(_coupling(mask, context, hidden) for mask in (first, ~first))
        self.register_buffer("order", torch.randperm(features))

    def forward(self, x: Tensor, c: Tensor | None) -> tuple[Tensor, Tensor]:
        x, logdet = self.norm(x)
        first, second = x[:, : self.kept], x[:, self.kept :]
        second, part = _change(self.couplings[0], first, second, c)
        first, other = _change(self.couplings[1], second, first, c)
        # A product with zeros and ones is exact, and its gradient several times as fast as that of an index.
        return torch.cat([first, second], 1) @ self._permutation(x), logdet + part + other

    def inverse(self, y: Tensor, c: Tensor | None) -> Tensor:
        x = y[:, self.order.argsort()]
        first, second = x[:, : self.kept], x[:, self.kept :]
        first = _change_back(self.couplings[1], second, first, c)
        second = _change_back(self.couplings[0], first, second, c)
        return self.norm.inverse(torch.cat([first, second], 1))

    def _permutation(self, like: Tensor) -> Tensor:
        return F.one_hot(self.order, len(self.order)).T.to(like)


def _change(coupling: nn.Module, kept: Tensor, changed: Tensor, c: Tensor | None) -> tuple[Tensor, Tensor]:
    """The half that a coupling changes, given the other; with the log-determinant (N,)."""
    shift, log_scale = _affine(coupling, kept, c)
    return torch.addcmul(shift, changed, log_scale.exp()), log_scale.sum(1)


def _change_back(coupling: nn.Module, kept: Tensor, changed: Tensor, c: Tensor | None) -> Tensor:
    shift, log_scale = _affine(coupling, kept, c)
    return (changed - shift) * (-log_scale).exp()


def _affine(coupling: nn.Module, kept: Tensor, c: Tensor | None) -> tuple[Tensor, Tensor]:
    """Shift and log-scale, as zuko's ``MonotonicAffineTransform`` of slope 1/e has them."""
    network = cast("nn.Module", coupling.hyper)
    shift, scale = network(kept if c is None else torch.cat([kept, c], 1)).unflatten(1, (-1, 2)).unbind(2)
    return shift, F.softsign(scale)


def _coupling(mask: Tensor, context: int, hidden: int) -> nn.Module:
    """Zuko's coupling, where the features of the mask stay; the identity, because its last layer is 0."""
    coupling: nn.Module = GeneralCouplingTransform(
        len(mask),
        context,
        mask,
        univariate=_BOUNDED_AFFINE,
        hidden_features=(hidden,) * _LAYERS,
        activation=nn.LeakyReLU,
    )
    last = cast("nn.Sequential", coupling.hyper)[-1]
    for parameter in last.parameters():
        nn.init.zeros_(parameter)
    return coupling


class Flow(nn.Module):
    """A bijection of (N, D) features, with its log-determinant, given an optional condition.

    Args:
        features: D, at least 2: a coupling changes some features given the others.
        context: length of the condition, 0 for none.
        blocks: how many.
        hidden: width of the networks in the couplings.
        seed: of permutations and first weights; the global random state stays as it is.

    Example:
        >>> flow = Flow(3, blocks=2, hidden=8)
        >>> x = torch.tensor([[1.0, 2.0, 3.0], [3.0, 2.0, -1.0]])
        >>> torch.equal(flow(x)[0], x)  # new, the identity
        True
        >>> flow.initialize(x)
        >>> flow(x)[0].tolist()
        [[-1.0, 0.0, 1.0], [1.0, 0.0, -1.0]]
    """

    restore: Tensor

    def __init__(self, features: int, *, context: int = 0, blocks: int = 12, hidden: int = 512, seed: int = 0) -> None:
        super().__init__()
        if features < 2:
            raise ValueError(
                f"expected at least 2 `features`, got {features}: a coupling changes some features given the others; "
                "a single one needs no flow, only its quantiles"
            )
        for name, value, least in (("context", context, 0), ("blocks", blocks, 1), ("hidden", hidden, 1)):
            if value < least:
                raise ValueError(f"expected `{name}` of at least {least}, got {value}")
        self.features, self.context, self.hidden = features, context, hidden
        with torch.random.fork_rng(devices=[]):
            torch.default_generator.manual_seed(seed)
            self.blocks = nn.ModuleList(_Block(features, context, hidden) for _ in range(blocks))
        order = torch.arange(features)
        for block in self._steps:
            order = order[block.order]
        self.register_buffer("restore", order.argsort())

    @property
    def _steps(self) -> list[_Block]:
        return [cast("_Block", block) for block in self.blocks]

    @torch.no_grad()
    def initialize(self, x: Tensor, c: Tensor | None = None) -> None:
        """Let every block's ActNorm standardise what it gets from a batch.

        Args:
            x: (N, D) features; 256 or more for stable scales.
            c: (N, C) condition, where the flow has one.

        Raises:
            ValueError: fewer than 2 rows, another shape or dtype than the flow's, or values that are not finite.
        """
        self._check("x", x, c)
        if len(x) < 2:
            raise ValueError(f"expected at least 2 rows to measure a spread on, got {len(x)}")
        for block in self._steps:
            block.norm.initialize(x)
            x, _ = block(x, c)

    def forward(self, x: Tensor, c: Tensor | None = None) -> tuple[Tensor, Tensor]:
        """Map features to variables that training makes independent standard normal.

        Args:
            x: (N, D) features.
            c: (N, C) condition, where the flow has one.

        Returns:
            (N, D) variables v, and (N,) log |det dv / dx|.

        Raises:
            ValueError: another shape or dtype than the flow's, or values that are not finite.
        """
        self._check("x", x, c)
        logdet = x.new_zeros(len(x))
        for block in self._steps:
            x, part = block(x, c)
            logdet = logdet + part
        return x[:, self.restore], logdet

    def inverse(self, v: Tensor, c: Tensor | None = None) -> Tensor:
        """Map variables (N, D) back to features (N, D), under a condition (N, C) where the flow has one.

        Raises:
            ValueError: as :meth:`forward`.
        """
        self._check("v", v, c)
        x = v[:, self.restore.argsort()]
        for block in reversed(self._steps):
            x = block.inverse(x, c)
        return x

    def _check(self, name: str, x: Tensor, c: Tensor | None) -> None:
        if (c is None) != (self.context == 0):
            got = "none" if c is None else f"one of shape {tuple(c.shape)}"
            raise ValueError(f"expected {f'(N, {self.context})' if self.context else 'no'} condition `c`, got {got}")
        dtype = self._steps[0].norm.shift.dtype
        for label, value, width in ((name, x, self.features), ("c", c, self.context)):
            if value is None:
                continue
            if value.ndim != 2 or value.shape[1] != width or len(value) != len(x):
                raise ValueError(f"expected `{label}` of shape ({len(x)}, {width}), got {tuple(value.shape)}")
            if not len(value):
                raise ValueError(f"expected at least one row in `{label}`, got none")
            if value.dtype != dtype:
                raise ValueError(f"expected `{label}` in {dtype} like the flow, got {value.dtype}; convert either")
            if not value.isfinite().all():
                bad = int((~value.isfinite()).any(1).sum())
                raise ValueError(f"expected finite `{label}`, got NaN or infinity in {bad} of {len(value)} rows")


def negative_log_likelihood(v: Tensor, logdet: Tensor) -> Tensor:
    """Negative log-likelihood (N,) in nats of features that a flow maps to standard normal variables.

    Args:
        v: (N, D) variables.
        logdet: (N,) log-determinants.

    Example:
        >>> negative_log_likelihood(torch.zeros(1, 2), torch.zeros(1)).item()  # log 2 pi
        1.837...
    """
    return (v.square() + math.log(2 * math.pi)).sum(1) / 2 - logdet


def save_flow(flow: Flow, path: Path) -> None:
    """Write a flow to a ``.safetensors`` file in a folder that exists; the file appears whole or not at all."""
    description = {
        "features": flow.features,
        "context": flow.context,
        "blocks": len(flow.blocks),
        "hidden": flow.hidden,
    }
    write_tensors(path, flow.state_dict(), kind=_KIND, description=description)


def load_flow(path: Path) -> Flow:
    """Read what :func:`save_flow` wrote: on the CPU, equal to the saved flow in every output.

    Raises:
        FileNotFoundError: there is no such file.
        ValueError: the file is not a flow.
    """
    tensors, description = read_tensors(path, kind=_KIND)
    flow = Flow(**description).to(tensors["blocks.0.norm.shift"].dtype)
    flow.load_state_dict(tensors)
    return flow
