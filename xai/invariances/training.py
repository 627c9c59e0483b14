"""Training the conditional flow of one layer, with noise on what is known, an early stop and a calibration.

Three remedies against samples that are too narrow, which is how a flow overfits to its conditions: it does not see them
exactly, it stops when images that it does not see become less likely, and on those its v are made standard normal.
The last makes unseen images likelier and samples wider; on coloured digits fewer of them kept the decision. Without it:
``network.with_flow(network.flow)``.
"""

from dataclasses import dataclass, field

import torch
from torch import Tensor

from xai.descent import Progress, descend
from xai.flows import Flow, negative_log_likelihood
from xai.invariances.autoencoder import Posterior
from xai.invariances.network import InvarianceNetwork

__all__ = ["InvarianceRecipe", "TrainedInvariances", "train_invariances"]


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
        check_every: steps between looks at the held-out loss.
        patience: looks without a gain after which training stops.
        seed: of weights, batches, codes and noise.
    """

    blocks: int = 6
    hidden: int = 128
    steps: int = 400
    batch_size: int = 128
    learning_rate: float = 1e-3
    betas: tuple[float, float] = (0.5, 0.9)
    last_rate: float = 0.05
    noise: float = 0.1
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
    recipe: InvarianceRecipe | None = None,
    progress: Progress | None = None,
) -> TrainedInvariances:
    """Train a flow that samples what a layer leaves open.

    Args:
        start: the linear part; a flow of its own is replaced.
        codes: of N images; every step draws from it anew.
        features: (N, D) of the layer, for the same images.
        held_out: codes and features of other images, to stop and calibrate by; neither is a test afterwards.
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

    def batch_loss(flow: Flow) -> Tensor:
        some = torch.randint(len(known), (min(chosen.batch_size, len(known)),), generator=generator)
        rows = some.to(known.device)
        residuals, _ = start.residuals(codes[rows].sample(generator), known[rows])
        noise = torch.randn(len(some), known.shape[1], generator=generator).to(known)
        return negative_log_likelihood(*flow(residuals, known[rows] + chosen.noise * noise)).mean()

    def held_out_loss(flow: Flow) -> Tensor:
        v, part = flow(other_residuals, other)
        return negative_log_likelihood(v, logdet + part).mean()

    width, d = known.shape[1], len(start.bias)
    flow = Flow(d, context=width, blocks=chosen.blocks, hidden=chosen.hidden, seed=chosen.seed).to(known)
    flow, looks, best = descend(flow, batch_loss, held_out_loss, chosen, progress)
    network, baseline = start.with_flow(flow), start.with_flow(None)
    for one in (network, baseline):
        one.calibrate(fixed, held_out[1])
    return TrainedInvariances(network=network, baseline=baseline, held_out=looks, best_step=best)
