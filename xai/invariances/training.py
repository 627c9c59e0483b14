"""Training the conditional flow of one layer, with noise on what is known, an early stop and a calibration.

Three remedies against samples that are too narrow, which is how a flow overfits to its conditions: it does not see them
exactly, it stops when images that it does not see become less likely, and on those its v are made standard normal.
The last makes unseen images likelier and samples wider; on coloured digits fewer of them kept the decision. Without it:
``network.with_flow(network.flow)``.
"""

from collections.abc import Callable
from dataclasses import dataclass, field

import torch
from torch import Tensor

from xai.descent import Progress, descend
from xai.flows import negative_log_likelihood
from xai.invariances.autoencoder import Posterior
from xai.invariances.conditional import ConditionalFlow
from xai.invariances.network import InvarianceNetwork

__all__ = ["InvarianceRecipe", "See", "TrainedInvariances", "train_invariances"]

See = Callable[[Tensor], Tensor]
"""Codes (N, d) to the layer's features (N, D) of the images that they are drawn as, differentiable."""


@dataclass(frozen=True, kw_only=True)
class InvarianceRecipe:
    """How the flow of a layer is built and trained.

    Attributes:
        blocks: of the flow.
        hidden: width of its couplings' networks.
        steps: at most.
        batch_size: images a step.
        learning_rate: of Adam.
        betas: of Adam, CompVis/invariances.
        last_rate: the last learning rate as a fraction of the first.
        noise: standard deviation added to whitened features in training.
        consistency: weight of the distance between what the layer sees in samples and what it was to see, in nats.
        looked_at: samples of which that is measured, a step.
        check_every: steps between looks at the held-out loss.
        patience: looks without a gain after which training stops.
        seed: of weights, batches, codes and noise.
    """

    blocks: int = 4
    hidden: int = 128
    steps: int = 400
    batch_size: int = 256
    learning_rate: float = 2e-3
    betas: tuple[float, float] = (0.5, 0.9)
    last_rate: float = 0.05
    noise: float = 0.1
    consistency: float = 20.0
    looked_at: int = 16
    check_every: int = 50
    patience: int = 4
    seed: int = 0

    def __post_init__(self) -> None:
        for name in ("blocks", "hidden", "steps", "batch_size", "check_every", "patience"):
            if getattr(self, name) < 1:
                raise ValueError(f"expected `{name}` of at least 1, got {getattr(self, name)}")
        if self.noise < 0 or self.learning_rate <= 0:
            raise ValueError(
                f"expected `noise` from 0 and `learning_rate` above 0, got {self.noise} and {self.learning_rate}"
            )


@dataclass(frozen=True, kw_only=True)
class TrainedInvariances:
    """A network and its way there.

    Attributes:
        network: with the flow of the best step, calibrated.
        baseline: the same without flow, calibrated on the same images.
        held_out: (step, loss) at every look, in nats an image; step 0 is the linear-Gaussian baseline.
        best_step: where the loss was lowest; 0 where the flow did not help.
    """

    network: InvarianceNetwork
    baseline: InvarianceNetwork
    held_out: tuple[tuple[int, float], ...] = field(repr=False)
    best_step: int


def train_invariances(
    start: InvarianceNetwork,
    codes: Posterior,
    features: Tensor,
    *,
    held_out: tuple[Posterior, Tensor],
    see: See | None = None,
    recipe: InvarianceRecipe | None = None,
    progress: Progress | None = None,
) -> TrainedInvariances:
    """Train a flow that samples what a layer leaves open.

    Args:
        start: the linear part; a flow of its own is replaced.
        codes: of N images; every step draws from it anew.
        features: (N, D) of the layer, for the same images.
        held_out: codes and features of other images, to stop and calibrate by; neither is a test afterwards.
        see: by which samples are held to their features in training; without it, likelihood alone counts.
        recipe: of the flow.
        progress: told about every step.

    Raises:
        ValueError: other lengths, features that are not finite, or a loss that is not finite.
    """
    chosen = InvarianceRecipe() if recipe is None else recipe
    if len(codes) != len(features) or len(held_out[0]) != len(held_out[1]):
        raise ValueError(
            f"expected a code for each image, got {len(codes)} for {len(features)} and {len(held_out[0])} for "
            f"{len(held_out[1])} held out"
        )
    generator = torch.Generator().manual_seed(chosen.seed)
    with torch.no_grad():
        known, other = start.condition(features), start.condition(held_out[1])
        fixed = held_out[0].sample(torch.Generator().manual_seed(chosen.seed + 1))
        other_residuals, logdet = start.residuals(fixed, other)

    def likelihood_loss(flow: ConditionalFlow, rows: Tensor) -> Tensor:
        residuals, _ = start.residuals(codes[rows].sample(generator), known[rows])
        noise = torch.randn(len(rows), known.shape[1], generator=generator).to(known)
        return negative_log_likelihood(*flow(residuals, known[rows] + chosen.noise * noise)).mean()

    def consistency_loss(flow: ConditionalFlow, rows: Tensor) -> Tensor:
        v = torch.randn(len(rows), len(start.bias), generator=generator).to(known)
        sampled = start.codes(flow.inverse(v, known[rows]), known[rows])
        return apart(start, see(sampled), features[rows])

    def batch_loss(flow: ConditionalFlow) -> Tensor:
        some = torch.randint(len(known), (min(chosen.batch_size, len(known)),), generator=generator)
        rows = some.to(known.device)
        loss = likelihood_loss(flow, rows)
        if see is None or not chosen.consistency:
            return loss
        return loss + chosen.consistency * consistency_loss(flow, rows[: chosen.looked_at])

    def held_out_loss(flow: ConditionalFlow) -> Tensor:
        v, part = flow(other_residuals, other)
        return negative_log_likelihood(v, logdet + part).mean()

    width, d = known.shape[1], len(start.bias)
    flow = ConditionalFlow(d, context=width, blocks=chosen.blocks, hidden=chosen.hidden, seed=chosen.seed).to(known)
    flow, looks, best = descend(flow, batch_loss, held_out_loss, chosen, progress)
    network, baseline = start.with_flow(flow), start.with_flow(None)
    for one in (network, baseline):
        one.calibrate(fixed, held_out[1])
    return TrainedInvariances(network=network, baseline=baseline, held_out=looks, best_step=best)


def apart(start: InvarianceNetwork, seen: Tensor, wanted: Tensor) -> Tensor:
    """Mean squared distance of features (N, D) from those wanted, along what is known: 1 is that of two at random."""
    spread = start.whitening.spread
    difference = (start.condition(seen) - start.condition(wanted)) * spread
    return difference.square().sum(1).mean() / (2 * spread.square().sum())
