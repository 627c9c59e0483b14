"""How much of a property a layer does not tell: the yardstick for the width of samples.

A small network is trained to read the property from features; a ridge regression reads it too, and the better of both
on images that neither learned from counts. What even the better reader gets wrong is an upper bound of what is open.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import pairwise

import torch
from torch import Tensor, nn

from xai.descent import descend
from xai.iin.estimates import Estimate, bootstrap
from xai.iin.whitening import fit_whitening

__all__ = ["ProbeRecipe", "fit_reader", "unexplained"]

_FITTED_ON = 1500  # rows that whitening is fitted on
_PENALTY = 1e-2  # of the ridge regression, in variances of a whitened feature


@dataclass(frozen=True, kw_only=True)
class ProbeRecipe:
    """How a probe is built and trained.

    Attributes:
        components: whitened features that it reads.
        hidden: width of its two hidden layers.
        steps: at most.
        batch_size: images a step.
        learning_rate: of Adam.
        betas: of Adam.
        last_rate: the last learning rate as a fraction of the first.
        noise: standard deviation added to what it reads, in training.
        check_every: steps between looks at the held-out loss.
        patience: looks without a gain after which training stops.
        seed: of weights, batches and noise.
    """

    components: int = 192
    hidden: int = 128
    steps: int = 500
    batch_size: int = 256
    learning_rate: float = 2e-3
    betas: tuple[float, float] = (0.9, 0.99)
    last_rate: float = 0.05
    noise: float = 0.05
    check_every: int = 50
    patience: int = 4
    seed: int = 0


def unexplained(
    features: Tensor,
    values: Mapping[str, Tensor],
    *,
    held_out: tuple[Tensor, Mapping[str, Tensor]],
    test: tuple[Tensor, Mapping[str, Tensor]],
    recipe: ProbeRecipe | None = None,
) -> dict[str, Estimate]:
    """Estimate 1 - R^2 of properties given a layer's features; one reader reads them all.

    Args:
        features: (N, D) to learn from.
        values: (N, M) of each property.
        held_out: features and values of other images, to stop by and to choose the reader.
        test: features and values of yet other images, to judge by.
        recipe: of the probe.

    Returns:
        By property: 0 where features tell it, 1 where they tell no more than its mean; more where the readers failed.
    """
    chosen = ProbeRecipe() if recipe is None else recipe
    joined, other = (torch.cat([told[name] for name in values], 1) for told in (values, held_out[1]))
    reader = fit_reader(features, joined, held_out=(held_out[0], other), recipe=chosen)
    read = reader(test[0]).double().cpu().split([one.shape[1] for one in values.values()], dim=1)
    return {
        name: _share(test[1][name].double().cpu(), part, name, chosen.seed)
        for name, part in zip(values, read, strict=True)
    }


def fit_reader(
    features: Tensor, values: Tensor, *, held_out: tuple[Tensor, Tensor], recipe: ProbeRecipe | None = None
) -> Callable[[Tensor], Tensor]:
    """For each number the better of a ridge regression and a small network, as a function from (N, D) to (N, M).

    Args:
        features: (N, D) to learn from.
        values: (N, M) that they should tell.
        held_out: features and values of other images, to stop by and to choose the reader.
        recipe: of the probe.
    """
    chosen = ProbeRecipe() if recipe is None else recipe
    rows = torch.linspace(0, len(features) - 1, min(len(features), _FITTED_ON)).long().unique()
    whitening = fit_whitening(features[rows], components=chosen.components)

    def condition(part: Tensor) -> Tensor:
        coordinates: Tensor = whitening(part)[0]
        return coordinates.clamp(-5, 5)

    x, other = condition(features), condition(held_out[0])
    centre, scale = values.mean(0), values.std(0, correction=0).clamp(min=1e-6)
    y, other_y = (values - centre) / scale, (held_out[1] - centre) / scale
    readers = [_ridge(x, y), _network(x, y, other, other_y, chosen)]

    with torch.no_grad():
        ridge, network = ((reader(other) - other_y).square().mean(0) for reader in readers)

    @torch.no_grad()
    def read(part: Tensor) -> Tensor:
        linear, bent = (reader(condition(part)) for reader in readers)
        return torch.where(ridge <= network, linear, bent) * scale + centre

    return read


def _ridge(x: Tensor, y: Tensor) -> nn.Module:
    gram = x.T @ x / len(x) + _PENALTY * torch.eye(x.shape[1]).to(x)
    reader = nn.Linear(x.shape[1], y.shape[1]).to(x)
    with torch.no_grad():
        reader.weight.copy_(torch.linalg.solve(gram, x.T @ y / len(x)).T)
        reader.bias.zero_()
    return reader


def _network(x: Tensor, y: Tensor, other: Tensor, other_y: Tensor, recipe: ProbeRecipe) -> nn.Module:
    generator = torch.Generator().manual_seed(recipe.seed)
    with torch.random.fork_rng(devices=[]):
        torch.default_generator.manual_seed(recipe.seed)
        widths = (x.shape[1], recipe.hidden, recipe.hidden)
        layers = [part for pair in pairwise(widths) for part in (nn.Linear(*pair), nn.SiLU())]
        reader = nn.Sequential(*layers, nn.Linear(recipe.hidden, y.shape[1])).to(x)

    def batch_loss(model: nn.Module) -> Tensor:
        some = torch.randint(len(x), (min(recipe.batch_size, len(x)),), generator=generator)
        noise = torch.randn(len(some), x.shape[1], generator=generator).to(x)
        loss: Tensor = (model(x[some.to(x.device)] + recipe.noise * noise) - y[some.to(x.device)]).square().mean()
        return loss

    def held_out_loss(model: nn.Module) -> Tensor:
        loss: Tensor = (model(other) - other_y).square().mean()
        return loss

    return descend(reader, batch_loss, held_out_loss, recipe)[0]


def _share(values: Tensor, read: Tensor, of: str, seed: int) -> Estimate:
    errors, squares = (values - read).square().sum(1), values.square().sum(1)

    def share(w: Tensor) -> Tensor:
        w = w / w.sum(1, keepdim=True)
        return (w @ errors / (w @ squares - (w @ values).square().sum(1)))[:, None]

    convention = f"1 - R^2 of {of} read from features, better of ridge and a small network; over resampled images"
    return bootstrap(share, len(values), convention=convention, seed=seed)[0]
