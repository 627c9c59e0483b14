"""Training the conditional flow of one layer: likelihood of codes, and samples held to what the layer is to see.

A flow that overfits to its conditions draws too narrow samples: it does not see them exactly in training, and stops
when images that it does not see become less likely. One that learned too little draws too wide ones, of other classes:
some samples of each batch are drawn as images, seen by the classifier, and held to the features that they were drawn
for. That last loss is our own; it asks for no images more, and is judged on images that training does not see.

First the Gaussian that the flow starts from is trained alone. Its mean is held to squared error too, because likelihood
alone calls spread what the mean has not learned yet.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass, field, replace

import torch
from torch import Tensor

from xai.descent import Progress, descend
from xai.flows import negative_log_likelihood
from xai.invariances.autoencoder import Posterior
from xai.invariances.conditional import ConditionalFlow
from xai.invariances.network import InvarianceNetwork

__all__ = ["InvarianceRecipe", "See", "TrainedInvariances", "apart", "train_invariances"]

See = Callable[[Tensor], Tensor]
"""Codes (N, d) to the layer's features (N, D) of the images that they are drawn as, differentiable."""


_JUDGED = 128  # held-out images of which samples are seen at every look


@dataclass(frozen=True, kw_only=True)
class InvarianceRecipe:
    """How the flow of a layer is built and trained.

    Attributes:
        blocks: of the flow.
        hidden: width of its couplings' networks.
        regression_steps: of the flow's first step alone, a Gaussian whose mean and covariance a network reads; cheap.
        steps: of all of it, at most.
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

    blocks: int = 2
    hidden: int = 128
    regression_steps: int = 1500
    steps: int = 150
    batch_size: int = 256
    learning_rate: float = 1.5e-3
    betas: tuple[float, float] = (0.5, 0.9)
    last_rate: float = 0.05
    noise: float = 0.05
    consistency: float = 60.0
    looked_at: int = 16
    check_every: int = 50
    patience: int = 4
    seed: int = 0

    def __post_init__(self) -> None:
        for name in ("blocks", "hidden", "regression_steps", "steps", "batch_size", "check_every", "patience"):
            if getattr(self, name) < 1:
                raise ValueError(f"expected `{name}` of at least 1, got {getattr(self, name)}")
        if self.noise < 0 or self.learning_rate <= 0:
            raise ValueError(
                f"expected `noise` from 0 and `learning_rate` above 0, got {self.noise} and {self.learning_rate}"
            )

    def lasting(self, steps: int, *, seed: int) -> "InvarianceRecipe":
        """The same of other steps and seed; regression is shorter in proportion, and no longer than now.

        Example:
            >>> InvarianceRecipe().lasting(3, seed=0).regression_steps
            30
        """
        share = min(1.0, steps / self.steps)
        return replace(self, steps=steps, regression_steps=math.ceil(share * self.regression_steps), seed=seed)


@dataclass(frozen=True, kw_only=True)
class TrainedInvariances:
    """A network and its way there.

    Attributes:
        network: with the flow of the best step.
        baseline: the same without flow.
        held_out: (step, loss): the likelihood of the linear-Gaussian baseline in nats an image, and then the loss at
            every look after regression, step 0 first.
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
        held_out: codes and features of other images, to stop by; neither is a test afterwards.
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
    learned = _Learned(start, codes, features, chosen)
    with torch.no_grad():
        other = start.condition(held_out[1])
        fixed = held_out[0].sample(torch.Generator().manual_seed(chosen.seed + 1))
        residuals, logdet = start.residuals(fixed, other)

    def batch_loss(flow: ConditionalFlow) -> Tensor:
        rows = learned.some()
        loss = negative_log_likelihood(*flow(*learned.drawn(rows))).mean()
        if see is None or not chosen.consistency:
            return loss
        return loss + chosen.consistency * learned.inconsistency(flow, see, rows[: chosen.looked_at])

    def unseen_loss(flow: ConditionalFlow) -> Tensor:
        v, part = flow(residuals, other)
        return negative_log_likelihood(v, logdet + part).mean()

    def held_out_loss(flow: ConditionalFlow) -> Tensor:
        if see is None or not chosen.consistency:
            return unseen_loss(flow)
        judges = _Learned(start, held_out[0], held_out[1], chosen)  # with the same draws at every look
        rows = torch.arange(min(_JUDGED, len(other))).to(other.device)
        return unseen_loss(flow) + chosen.consistency * judges.inconsistency(flow, see, rows)

    def regression_loss(flow: ConditionalFlow) -> Tensor:
        residuals, known = learned.drawn(learned.some())
        v, logdet, mean = flow.gaussian(residuals, known)
        return (negative_log_likelihood(v, logdet) + (residuals - mean).square().sum(1) / 2).mean()

    flow = learned.flow()
    first = replace(chosen, steps=chosen.regression_steps)
    flow, before, _ = descend(flow, regression_loss, unseen_loss, first)
    flow.requires_grad_().train()
    flow, looks, best = descend(flow, batch_loss, held_out_loss, chosen, progress)
    network, baseline = start.with_flow(flow), start.with_flow(None)
    return TrainedInvariances(network=network, baseline=baseline, held_out=(before[0], *looks), best_step=best)


class _Learned:
    """The images that a flow learns from, and draws of them."""

    def __init__(self, start: InvarianceNetwork, codes: Posterior, features: Tensor, recipe: InvarianceRecipe) -> None:
        self.start, self.codes, self.features, self.recipe = start, codes, features, recipe
        self.generator = torch.Generator().manual_seed(recipe.seed)
        with torch.no_grad():
            self.known = start.condition(features)

    def flow(self) -> ConditionalFlow:
        """A new flow, for them."""
        recipe, width = self.recipe, self.known.shape[1]
        flow = ConditionalFlow(
            len(self.start.bias), context=width, blocks=recipe.blocks, hidden=recipe.hidden, seed=recipe.seed
        )
        return flow.to(self.known)

    def some(self) -> Tensor:
        """Rows of a batch."""
        size = min(self.recipe.batch_size, len(self.known))
        return torch.randint(len(self.known), (size,), generator=self.generator).to(self.known.device)

    def drawn(self, rows: Tensor) -> tuple[Tensor, Tensor]:
        """White residuals of codes drawn anew, and conditions with noise."""
        residuals, _ = self.start.residuals(self.codes[rows].sample(self.generator), self.known[rows])
        noise = torch.randn(len(rows), self.known.shape[1], generator=self.generator).to(self.known)
        return residuals, self.known[rows] + self.recipe.noise * noise

    def inconsistency(self, flow: ConditionalFlow, see: See, rows: Tensor) -> Tensor:
        """What the layer sees in a sample of each row, from what it was to see."""
        v = torch.randn(len(rows), len(self.start.bias), generator=self.generator).to(self.known)
        sampled = self.start.codes(flow.inverse(v, self.known[rows]), self.known[rows])
        return apart(self.start, see(sampled), self.features[rows])


def apart(start: InvarianceNetwork, seen: Tensor, wanted: Tensor) -> Tensor:
    """Mean squared distance of features (N, D) from those wanted, along what is known: 1 is that of two at random."""
    spread = start.whitening.spread
    difference = (start.condition(seen) - start.condition(wanted)) * spread
    return difference.square().sum(1).mean() / (2 * spread.square().sum())
