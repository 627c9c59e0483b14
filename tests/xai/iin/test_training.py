"""Training finds what a rotation cannot, keeps the baseline where it suffices, and refuses what would deceive it."""

import dataclasses

import pytest
import torch
from torch import Tensor

from tests.xai.iin.gaussian_pairs import RHO, mixing, normal, r_squared
from xai.iin.network import fit_rotation, fit_whitened
from xai.iin.pairs import Pairs, join_pairs
from xai.iin.training import FlowRecipe, train_on_density, train_on_pairs

QUICK = FlowRecipe(blocks=3, hidden=32, steps=80, learning_rate=3e-3, noise=0.05, check_every=20)


def bent(n: int, seed: int, start: int, *, bend: float = 0.8) -> tuple[Tensor, Tensor, Pairs]:
    """Pairs that share one latent, coded on a parabola of another: its value and features, and its pairs of rows."""
    latents = normal(2 * n, 4, seed=seed)
    latents[n:, 1] = RHO * latents[:n, 1] + (1 - RHO**2) ** 0.5 * latents[n:, 1]
    coded = latents.clone()
    coded[:, 1] += bend * (latents[:, 0] ** 2 - 1)
    rows = torch.stack([torch.arange(n), torch.arange(n) + n], 1) + start
    return latents[:, 1:2], (coded @ mixing(4)).float(), join_pairs({"height": rows})


def generator() -> torch.Generator:
    return torch.Generator().manual_seed(0)


def test_a_flow_straightens_a_factor_that_no_rotation_can() -> None:
    (_, features, pairs), (truth, others, held_out) = bent(600, 0, 0), bent(200, 1, 1200)
    start, _ = fit_rotation(features, pairs, generator=generator())
    steps: list[tuple[int, int]] = []
    table = torch.cat([features, others])
    training = train_on_pairs(
        start, table, pairs, held_out=held_out, recipe=QUICK, progress=lambda done, of: steps.append((done, of))
    )
    assert r_squared(start.split(others)["height"], truth) < 0.6
    assert r_squared(training.network.split(others)["height"], truth) > 0.95
    assert steps == [(step, 80) for step in range(1, 81)]
    losses = dict(training.held_out)
    assert min(losses, key=losses.__getitem__) == training.best_step > 0
    assert losses[training.best_step] < losses[0] - 2
    back = training.network.inverse(training.network(others))
    assert (back - others).abs().max() < 1e-4


def test_where_the_rotation_suffices_it_is_kept_and_training_stops() -> None:
    (_, features, pairs), (_, others, held_out) = bent(600, 0, 0, bend=0), bent(200, 1, 1200, bend=0)
    start, _ = fit_rotation(features, pairs, generator=generator())
    recipe = dataclasses.replace(QUICK, learning_rate=0.05, check_every=1, patience=2)
    training = train_on_pairs(start, torch.cat([features, others]), pairs, held_out=held_out, recipe=recipe)
    assert training.best_step == 0
    assert len(training.held_out) == 3
    assert torch.allclose(training.network(others).factors, start(others).factors, atol=1e-5)


def test_step_0_is_the_baseline_and_the_seed_decides() -> None:
    (_, features, pairs), (_, others, held_out) = bent(100, 0, 0), bent(50, 1, 200)
    start, _ = fit_rotation(features, pairs, generator=generator())
    recipe = dataclasses.replace(QUICK, steps=2, check_every=1)
    table = torch.cat([features, others])
    runs = [
        train_on_pairs(start, table, pairs, held_out=held_out, recipe=dataclasses.replace(recipe, seed=seed))
        for seed in (0, 0, 1)
    ]
    assert runs[0].held_out == runs[1].held_out
    assert runs[0].held_out[0] == runs[2].held_out[0]
    assert runs[0].held_out[1:] != runs[2].held_out[1:]
    factors = start(table).factors
    a, b = (factors[rows] for rows in held_out.rows.T)
    size = start.sizes["height"]
    free = (b[:, :size] - RHO * a[:, :size]).square() / (1 - RHO**2) + torch.tensor(1 - RHO**2).log()
    squares = a.square().sum(1) + b[:, size:].square().sum(1) + free.sum(1)
    expected = (squares / 2 + 4 * torch.log(torch.tensor(2 * torch.pi))).mean()
    assert runs[0].held_out[0][1] == pytest.approx(expected.item(), rel=1e-5)


def test_without_pairs_a_flow_makes_features_normal() -> None:
    features = bent(600, 0, 0)[1]
    others = bent(300, 1, 0)[1]
    start = fit_whitened(features)
    training = train_on_density(start, features, held_out=others, recipe=QUICK)
    assert training.best_step > 0
    assert training.held_out[-1][1] < training.held_out[0][1] - 0.25
    assert 0.5 * training.network(others).factors.square().sum(1).mean() == pytest.approx(2, abs=0.2)
    assert training.network.factors == ()


def test_pairs_that_would_deceive_are_refused() -> None:
    (_, features, pairs), held_out = bent(100, 0, 0), bent(10, 0, 200)[2]
    start, _ = fit_rotation(features, pairs, generator=generator())
    with pytest.raises(ValueError, match="of images that training does not see, got 200 images on both sides"):
        train_on_pairs(start, features, pairs, held_out=pairs)
    with pytest.raises(ValueError, match="expected pairs of height, got 100 of hue"):
        train_on_pairs(start, features, pairs, held_out=join_pairs({"hue": pairs.rows}))
    with pytest.raises(ValueError, match="expected finite features, got NaN or infinity in 1 of 200 rows"):
        train_on_pairs(start, features.index_fill(0, torch.tensor(3), torch.nan), held_out, held_out=pairs)


def test_a_training_that_diverges_says_what_to_change() -> None:
    (_, features, pairs), (_, others, held_out) = bent(100, 0, 0), bent(50, 1, 200)
    start, _ = fit_rotation(features, pairs, generator=generator())
    recipe = dataclasses.replace(QUICK, learning_rate=1e30)
    with pytest.raises(ValueError, match="expected .* lower `learning_rate`, or raise `noise`"):
        train_on_pairs(start, torch.cat([features, others]), pairs, held_out=held_out, recipe=recipe)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"steps": 0}, "expected `steps` of at least 1, got 0"),
        ({"correlation": 1.0}, "expected `correlation` in 0 <= rho < 1, got 1.0"),
        ({"noise": -1.0}, "expected `noise` from 0 and `learning_rate` above 0, got -1.0 and 0.001"),
    ],
)
def test_recipes_that_cannot_be_are_refused(change: dict[str, float], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        FlowRecipe(**change)  # type: ignore[arg-type]


def test_a_recipe_is_rebuilt_from_its_text() -> None:
    assert eval(repr(QUICK)) == QUICK
