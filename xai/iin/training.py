"""Training the flow of an interpretation network, on pairs or on the density alone, with an early stop.

The flow starts as the identity behind the rotation, so that step 0 is the linear baseline, and the state kept is the
one with the lowest loss on images that training does not see: never worse than the baseline there. The defaults are
those that worked on 2,000 images; the paper's own (12 blocks, width 512) overfit them.

A lower loss does not mean better factors. Where a rotation finds them, as for clean attributes in the last layer of
small classifiers, the loss kept falling while swaps became worse than the baseline's; where a factor is coded on a
curve, only the flow finds it. Compare both, by swaps and probes, before the flow is preferred.
"""

from dataclasses import dataclass, field

import torch
from torch import Tensor

from xai.descent import Progress, descend
from xai.flows import Flow, negative_log_likelihood
from xai.iin.losses import pair_negative_log_likelihood, shared_dimensions
from xai.iin.network import InterpretationNetwork
from xai.iin.pairs import RESIDUAL, Pairs

__all__ = ["FlowRecipe", "Training", "train_on_density", "train_on_pairs"]


@dataclass(frozen=True, kw_only=True)
class FlowRecipe:
    """How a flow is built and trained.

    Attributes:
        blocks: of the flow.
        hidden: width of its couplings' networks.
        steps: at most.
        batch_size: pairs, or images, a step.
        learning_rate: of Adam.
        betas: of Adam, CompVis/iin.
        last_rate: the last learning rate as a fraction of the first.
        noise: standard deviation added to whitened features in training, against learning single images.
        correlation: of partners in the factors that they share; CompVis/iin: sigma_ab.
        check_every: steps between looks at the held-out loss.
        patience: looks without a gain after which training stops.
        seed: of weights, batches and noise.
    """

    blocks: int = 6
    hidden: int = 64
    steps: int = 300
    batch_size: int = 256
    learning_rate: float = 1e-3
    betas: tuple[float, float] = (0.5, 0.9)
    last_rate: float = 0.1
    noise: float = 0.1
    correlation: float = 0.975
    check_every: int = 50
    patience: int = 3
    seed: int = 0

    def __post_init__(self) -> None:
        for name in ("blocks", "hidden", "steps", "batch_size", "check_every", "patience"):
            if getattr(self, name) < 1:
                raise ValueError(f"expected `{name}` of at least 1, got {getattr(self, name)}")
        if not 0 <= self.correlation < 1:
            raise ValueError(f"expected `correlation` in 0 <= rho < 1, got {self.correlation}")
        if self.noise < 0 or self.learning_rate <= 0:
            raise ValueError(
                f"expected `noise` from 0 and `learning_rate` above 0, got {self.noise} and {self.learning_rate}"
            )


@dataclass(frozen=True, kw_only=True)
class Training:
    """A trained network and its way there.

    Attributes:
        network: with the flow of the best step.
        held_out: (step, loss) at every look, in nats per pair or image; step 0 is the linear baseline.
        best_step: where the loss was lowest; 0 where the flow did not help.
    """

    network: InterpretationNetwork
    held_out: tuple[tuple[int, float], ...] = field(repr=False)
    best_step: int


def train_on_pairs(
    start: InterpretationNetwork,
    features: Tensor,
    pairs: Pairs,
    *,
    held_out: Pairs,
    recipe: FlowRecipe | None = None,
    progress: Progress | None = None,
) -> Training:
    """Train a flow so that partners agree in what they share and in nothing else.

    Args:
        start: the linear part; a flow of its own is replaced.
        features: (N, D), what all pairs are rows of.
        pairs: to learn from.
        held_out: to stop by; of other images.
        recipe: of the flow.
        progress: told about every step.

    Raises:
        ValueError: pairs of other factors than the network's, an image on both sides, or a loss that is not finite.
    """
    chosen = FlowRecipe() if recipe is None else recipe
    named = tuple(name for name in start.sizes if name != RESIDUAL)
    for part in (pairs, held_out):
        if part.factors != named or not len(part):
            raise ValueError(f"expected pairs of {', '.join(named)}, got {len(part)} of {', '.join(part.factors)}")
    both = torch.isin(pairs.rows, held_out.rows)
    if both.any():
        raise ValueError(
            f"expected held-out pairs of images that training does not see, got {pairs.rows[both].unique().numel()} "
            "images on both sides; pair each side for itself, see `rows` of `pairs_alike`"
        )
    with torch.no_grad():
        rotated, _ = start.rotate(features)

    generator = torch.Generator().manual_seed(chosen.seed)

    def loss(flow: Flow, x: Tensor, shared: Tensor) -> Tensor:
        v, logdet = flow(x)  # both members in one pass
        first, second = zip(v.chunk(2), logdet.chunk(2), strict=True)
        dimensions = shared_dimensions(shared.to(x.device), start.sizes.values())
        return pair_negative_log_likelihood(first, second, dimensions, correlation=chosen.correlation).mean()

    def batch_loss(flow: Flow) -> Tensor:
        some = _draw(len(pairs), chosen, generator)
        return loss(flow, _noisy(rotated[pairs.rows[some].T.flatten()], chosen, generator), pairs.shared[some])

    def held_out_loss(flow: Flow) -> Tensor:
        return loss(flow, rotated[held_out.rows.T.flatten()], held_out.shared)

    flow, looks, best = descend(_new_flow(rotated, chosen), batch_loss, held_out_loss, chosen, progress)
    return Training(network=start.with_flow(flow), held_out=looks, best_step=best)


def train_on_density(
    start: InterpretationNetwork,
    features: Tensor,
    *,
    held_out: Tensor,
    recipe: FlowRecipe | None = None,
    progress: Progress | None = None,
) -> Training:
    """Train a flow on features alone, without pairs: independent dimensions that nobody has named.

    Args:
        start: the linear part; a flow of its own is replaced.
        features: (N, D) to learn from.
        held_out: (M, D) of other images, to stop by.
        recipe: of the flow; its correlation is not used.
        progress: told about every step.
    """
    chosen = FlowRecipe() if recipe is None else recipe
    with torch.no_grad():
        rotated, other = start.rotate(features)[0], start.rotate(held_out)[0]
    generator = torch.Generator().manual_seed(chosen.seed)

    def batch_loss(flow: Flow) -> Tensor:
        some = _draw(len(rotated), chosen, generator)
        return negative_log_likelihood(*flow(_noisy(rotated[some], chosen, generator))).mean()

    def held_out_loss(flow: Flow) -> Tensor:
        return negative_log_likelihood(*flow(other)).mean()

    flow, looks, best = descend(_new_flow(rotated, chosen), batch_loss, held_out_loss, chosen, progress)
    return Training(network=start.with_flow(flow), held_out=looks, best_step=best)


def _new_flow(like: Tensor, recipe: FlowRecipe) -> Flow:
    return Flow(like.shape[1], blocks=recipe.blocks, hidden=recipe.hidden, seed=recipe.seed).to(like)


def _draw(n: int, recipe: FlowRecipe, generator: torch.Generator) -> Tensor:
    return torch.randint(n, (min(recipe.batch_size, n),), generator=generator)


def _noisy(x: Tensor, recipe: FlowRecipe, generator: torch.Generator) -> Tensor:
    return x + recipe.noise * torch.randn(x.shape, generator=generator).to(x)
