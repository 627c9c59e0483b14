"""What decisions depend on: a factor gets other values, everything else stays, and the classifier is asked again.

Reference:
    Esser, Rombach and Ommer, 2020, section 4.1, https://arxiv.org/abs/2004.13166 (values from the standard normal)
"""

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

from xai.iin.edits import each_resample, swap
from xai.iin.estimates import Estimate, bootstrap
from xai.iin.network import InterpretationNetwork
from xai.iin.pairs import RESIDUAL

__all__ = ["Sensitivity", "SwapEffect", "factor_sensitivity", "swap_effect"]

Head = Callable[[Tensor], Tensor]
"""The rest of the classifier: features (N, D) of the layer to logits (N, K)."""

_OVER = "over resampled images"


@dataclass(frozen=True, kw_only=True)
class Sensitivity:
    """What other values of one factor do.

    Attributes:
        factor: its name.
        changed: share of draws that change an image's decision.
        spread: standard deviation of each class's logit over draws, root mean square over images; its interval is
            over draws, since a map without a flow moves the logits of all images alike.
        decisions: share of each class among the decisions: the class histogram.
    """

    factor: str
    changed: Estimate
    spread: tuple[Estimate, ...]
    decisions: tuple[Estimate, ...]


@dataclass(frozen=True, kw_only=True)
class SwapEffect:
    """What the factor of another image does.

    Attributes:
        factor: its name.
        changed: share of images whose decision changes.
        to_donor: share of swaps that give the donor's decision, among images whose donor is decided otherwise; None
            where all donors are decided alike.
    """

    factor: str
    changed: Estimate
    to_donor: Estimate | None


@torch.no_grad()
def factor_sensitivity(
    network: InterpretationNetwork,
    head: Head,
    features: Tensor,
    *,
    generator: torch.Generator,
    draws: int = 64,
    pool: Tensor | None = None,
    seed: int = 0,
) -> dict[str, Sensitivity]:
    """Resample every factor in turn, and the residual, and see how logits and decisions move.

    Args:
        network: of the layer.
        head: what follows the layer.
        features: (N, D).
        generator: of the values.
        draws: values a factor.
        pool: (M, D) features to take values from; None for the standard normal.
        seed: of the intervals.
    """
    before = head(features).argmax(1)
    found = {}
    for factor in (*network.factors, *([RESIDUAL] if network.sizes[RESIDUAL] else [])):
        edited = each_resample(network, features, factor, generator=generator, draws=draws, pool=pool)
        logits = torch.stack([head(draw) for part in edited for draw in part]).double()
        decided = logits.argmax(2)
        shares = torch.nn.functional.one_hot(decided, logits.shape[2]).double().mean(0)
        found[factor] = Sensitivity(
            factor=factor,
            changed=_means((decided != before).double().mean(0)[:, None], f"share of draws, {_OVER}", seed)[0],
            spread=_spread(logits.cpu(), seed),
            decisions=_means(shares, f"share of draws decided as the class, {_OVER}", seed),
        )
    return found


@torch.no_grad()
def swap_effect(
    network: InterpretationNetwork, head: Head, features: Tensor, donors: Tensor, factor: str, *, seed: int = 0
) -> SwapEffect:
    """Give each image the factor of its donor and see whether the decision follows.

    The donor's decision is a fair yardstick only where the factor alone decides.

    Args:
        network: of the layer.
        head: what follows the layer.
        features: (N, D) of those who receive.
        donors: (N, D) of those who give.
        factor: a name, or the residual.
        seed: of the intervals.
    """
    before, wanted = head(features).argmax(1), head(donors).argmax(1)
    after = head(swap(network, features, donors, factor)).argmax(1)
    differ = before != wanted
    followed = (after == wanted)[differ].double()[:, None]
    return SwapEffect(
        factor=factor,
        changed=_means((after != before).double()[:, None], f"share of swaps, {_OVER}", seed)[0],
        to_donor=_means(followed, f"share of swaps between decisions, {_OVER}", seed)[0] if len(followed) else None,
    )


def _spread(logits: Tensor, seed: int) -> tuple[Estimate, ...]:
    """Of each class, from logits (draws, N, K)."""
    logits = logits - logits.mean(0)
    squares = logits.square().mean(1)
    products = torch.einsum("dnk,enk->kde", logits, logits) / logits.shape[1]

    def spread(weights: Tensor) -> Tensor:
        shares = weights / weights.sum(1, keepdim=True)
        means = torch.einsum("bd,kde,be->bk", shares, products, shares)
        return (shares @ squares - means).clamp(min=0).sqrt()

    said = "standard deviation over draws, in logits, root mean square over images; over resampled draws"
    return bootstrap(spread, len(logits), convention=said, seed=seed)


def _means(values: Tensor, convention: str, seed: int) -> tuple[Estimate, ...]:
    values = values.cpu()
    return bootstrap(lambda w: w @ values / w.sum(1, keepdim=True), len(values), convention=convention, seed=seed)
