"""The invertible interpretation network: features to named factors and back, exactly.

Features are whitened, rotated so that each factor has axes of its own, and, where a flow was trained, bent so
that the factors become independent. Without the flow it is the closed-form baseline.

Reference:
    Esser, Rombach and Ommer, 2020, https://arxiv.org/abs/2004.13166. Whitening and rotation are our own: from a random
    start, the published settings failed on a few thousand images where the rotation alone sufficed.
"""

import copy
from collections.abc import Mapping
from dataclasses import dataclass, replace

import torch
from torch import Tensor, nn

from xai.flows import Flow
from xai.iin.pairs import RESIDUAL, Pairs
from xai.iin.rotation import factor_rotation
from xai.iin.spectra import FactorSpectrum, factor_spectra
from xai.iin.whitening import Whitening, fit_whitening

__all__ = ["Code", "InterpretationNetwork", "fit_rotation", "fit_whitened"]


@dataclass(frozen=True, kw_only=True)
class Code:
    """Features of N images, taken apart.

    Attributes:
        factors: (N, k) all factors side by side, the residual last; about standard normal.
        rest: (N, D) what whitening left out, in standardised units.
    """

    factors: Tensor
    rest: Tensor

    def __len__(self) -> int:
        return len(self.factors)

    def __getitem__(self, rows: Tensor | slice) -> "Code":
        return Code(factors=self.factors[rows], rest=self.rest[rows])

    def put(self, columns: slice, values: Tensor) -> "Code":
        """The same images with other values (N, n) in some columns."""
        factors = self.factors.clone()
        factors[:, columns] = values
        return replace(self, factors=factors)


class InterpretationNetwork(nn.Module):
    """A bijection between features and factors.

    Args:
        whitening: of the features.
        rotation: (k, k) orthogonal, from whitened features to the flow's input.
        sizes: dimensions by factor; what they leave of k is the residual's.
        flow: none for the linear baseline.
    """

    rotation: Tensor

    def __init__(
        self, whitening: Whitening, rotation: Tensor, sizes: Mapping[str, int], flow: Flow | None = None
    ) -> None:
        super().__init__()
        width = len(whitening.spread)
        left = width - sum(sizes.values())
        if left < 0 or min(sizes.values(), default=0) < 0 or RESIDUAL in sizes:
            raise ValueError(f"expected sizes from 0, at most {width} in all, and no {RESIDUAL!r}, got {dict(sizes)}")
        self.whitening, self.flow = whitening, flow
        self.sizes = {**sizes, RESIDUAL: left}
        self.register_buffer("rotation", rotation.to(whitening.basis))

    @property
    def factors(self) -> tuple[str, ...]:
        """Names of the factors that have dimensions, without the residual."""
        return tuple(name for name, size in self.sizes.items() if size and name != RESIDUAL)

    def columns(self, factor: str) -> slice:
        """Where a factor, or the residual, stands in :attr:`Code.factors`.

        Raises:
            KeyError: there is no such factor, or it has no dimensions.
        """
        if not self.sizes.get(factor):
            known = ", ".join([*self.factors, *([RESIDUAL] if self.sizes[RESIDUAL] else [])])
            reason = "which this layer does not represent" if factor in self.sizes else "which is not known"
            raise KeyError(f"expected one of {known}, got {factor!r}, {reason}")
        names = list(self.sizes)
        start = sum(self.sizes[name] for name in names[: names.index(factor)])
        return slice(start, start + self.sizes[factor])

    def forward(self, features: Tensor) -> Code:
        """Take features (N, D) apart."""
        rotated, rest = self.rotate(features)
        return Code(factors=rotated if self.flow is None else self.flow(rotated)[0], rest=rest)

    def rotate(self, features: Tensor) -> tuple[Tensor, Tensor]:
        """The linear part alone: (N, k) rotated coordinates and (N, D) the rest."""
        coordinates, rest = self.whitening(features)
        return coordinates @ self.rotation.T, rest

    def inverse(self, code: Code) -> Tensor:
        """Put features (N, D) together again."""
        rotated = code.factors if self.flow is None else self.flow.inverse(code.factors)
        features: Tensor = self.whitening.inverse(rotated @ self.rotation, code.rest)
        return features

    def split(self, features: Tensor) -> dict[str, Tensor]:
        """(N, n) values of every factor that has dimensions, and of the residual, by name."""
        factors = self(features).factors
        return {name: factors[:, self.columns(name)] for name, size in self.sizes.items() if size}

    def with_flow(self, flow: Flow | None) -> "InterpretationNetwork":
        """The same linear part with another flow, or with none: the baseline."""
        sizes = {name: size for name, size in self.sizes.items() if name != RESIDUAL}
        return InterpretationNetwork(copy.deepcopy(self.whitening), self.rotation.clone(), sizes, flow)


def fit_rotation(
    features: Tensor,
    pairs: Pairs,
    *,
    generator: torch.Generator,
    components: int = 32,
    largest: int | None = None,
) -> tuple[InterpretationNetwork, tuple[FactorSpectrum, ...]]:
    """Find factors in closed form: the baseline, and what :func:`~xai.iin.training.train_on_pairs` starts from.

    Args:
        features: (N, D) of one layer; pre-activation, or with noise, since exact zeros have no density.
        pairs: of the N images.
        generator: of the random partners that a factor must beat.
        components: whitened coordinates at most.
        largest: size of a factor at most.

    Returns:
        The network without flow, and what the pairs say about each factor.

    Raises:
        ValueError: features that are constant or not finite, too few pairs, or factors that cannot be told apart.
    """
    whitening = fit_whitening(features, components=components)
    coordinates, _ = whitening(features)
    spectra = factor_spectra(coordinates, pairs, largest=largest, generator=generator)
    weighed = {one.factor: one.directions * one.certainty for one in spectra}
    rotation = factor_rotation(weighed, coordinates.shape[1])
    return InterpretationNetwork(whitening, rotation, {one.factor: one.size for one in spectra}), spectra


def fit_whitened(
    features: Tensor, sizes: Mapping[str, int] | None = None, *, components: int = 32
) -> InterpretationNetwork:
    """Start without a rotation: for sizes set by hand or by softmax, or, without factors, for the density alone.

    Args:
        features: (N, D) of one layer.
        sizes: dimensions by factor; none for the residual alone.
        components: whitened coordinates at most.
    """
    whitening = fit_whitening(features, components=components)
    return InterpretationNetwork(whitening, torch.eye(len(whitening.spread)), {} if sizes is None else sizes)
