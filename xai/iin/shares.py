"""How much of a layer's variance goes along with each factor, and the paper's sizes made of that.

Reference:
    Esser, Rombach and Ommer, 2020, section 3.3, https://arxiv.org/abs/2004.13166
"""

from collections.abc import Mapping

import torch
from torch import Tensor

from xai.iin.estimates import Estimate, bootstrap
from xai.iin.pairs import RESIDUAL, Pairs
from xai.iin.whitening import check_features

__all__ = ["factor_shares", "softmax_sizes"]

_CONVENTION = (
    "covariance of partners that share the factor, summed over standardised units, as a share of their variance; "
    "over resampled images, a pair as often as the product of its members, which errs on the wide side"
)


def factor_shares(features: Tensor, pairs: Pairs, *, resamples: int = 1000, seed: int = 0) -> dict[str, Estimate]:
    """Share of variance that partners have in common, by factor: s_F, 0 where the layer does not know the factor.

    A share of variance says how loud a factor is, not whether the classifier listens to it.

    Args:
        features: (N, D) of one layer.
        pairs: of the N images; factors without pairs that share them alone are left out.
        resamples: of the intervals.
        seed: of the resamples.
    """
    check_features(features)
    x = features.double().cpu()
    spread = x.std(0, correction=0)
    units = (x - x.mean(0)) / torch.where(spread <= 1e-6 * x.mean(0).abs(), 1.0, spread)
    if units.shape[1] > len(units):  # as many coordinates as images have the same inner products
        squares, basis = torch.linalg.eigh(units @ units.T)
        units = basis * squares.clamp(min=0).sqrt()
    rows = {factor: pairs.sharing(factor).cpu() for factor in pairs.factors}
    return {factor: _share(units, part, resamples=resamples, seed=seed) for factor, part in rows.items() if len(part)}


def _share(units: Tensor, rows: Tensor, *, resamples: int, seed: int) -> Estimate:
    products = (units[rows[:, 0]] * units[rows[:, 1]]).sum(1)
    sums = units[rows[:, 0]] + units[rows[:, 1]]
    squares = units.square().sum(1)

    def share(weights: Tensor) -> Tensor:
        joint = weights[:, rows[:, 0]] * weights[:, rows[:, 1]]
        total = joint.sum(1)
        covariance = joint @ products / total - (joint @ sums / (2 * total[:, None])).square().sum(1)
        n = weights.sum(1)
        variance = weights @ squares / n - (weights @ units / n[:, None]).square().sum(1)
        return (covariance / variance)[:, None]

    (estimate,) = bootstrap(share, len(units), convention=_CONVENTION, resamples=resamples, seed=seed)
    return estimate


def softmax_sizes(shares: Mapping[str, float], width: int) -> dict[str, int]:
    """The paper's sizes: each factor's part of the softmax of shares, in which the residual has share 1.

    With many factors they come out much alike, and never 0; :mod:`xai.iin.spectra` counts instead.

    Args:
        shares: s_F by factor.
        width: dimensions in all.

    Returns:
        Dimensions by factor, rounded down; the residual last, with what is left.

    Example:
        >>> softmax_sizes({"digit": 0.0, "colour": 0.0}, 64)
        {'digit': 13, 'colour': 13, 'residual': 38}
    """
    parts = torch.tensor([*shares.values(), 1.0], dtype=torch.float64).softmax(0)
    sizes = {name: int(part * width) for name, part in zip(shares, parts.tolist(), strict=False)}
    return {**sizes, RESIDUAL: width - sum(sizes.values())}
