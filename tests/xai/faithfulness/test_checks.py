"""All checks at once: each column is what its own function answers."""

import pytest
import torch
from torch import Tensor, nn

from xai.attribution import Occlusion, attribute
from xai.faithfulness import (
    area_share,
    check_maps,
    deletion_curve,
    insertion_curve,
    mass_in_mask,
    pointing_game,
    randomised,
    rank_correlation,
)

SIDE = 8
TARGETS = torch.tensor([0, 1])
ALWAYS = {"deletion_blurred", "deletion_mean_colour", "insertion_blurred", "insertion_mean_colour", "sensitivity"}


def network() -> nn.Sequential:
    torch.manual_seed(0)
    return nn.Sequential(nn.Conv2d(3, 4, 3), nn.ReLU(), nn.Flatten(), nn.Linear(4 * 36, 3)).eval()


@pytest.fixture
def images() -> Tensor:
    return torch.rand(2, 3, SIDE, SIDE, generator=torch.Generator().manual_seed(0))


def test_each_column_is_what_its_function_answers(images: Tensor) -> None:
    model, masks = network(), torch.zeros(2, SIDE, SIDE, dtype=torch.bool)
    masks[:, :4] = True
    explained = attribute(model, images, TARGETS, method="gradient_x_input", seed=3)
    checks = check_maps(model, images, TARGETS, explained, masks=masks, seed=3)
    maps = explained.maps
    for baseline in ("blurred", "mean_colour"):
        for name, curve in (("deletion", deletion_curve), ("insertion", insertion_curve)):
            area = curve(model, images, TARGETS, maps, baseline=baseline, seed=3).area
            assert torch.equal(getattr(checks, f"{name}_{baseline}"), area)
    shuffled = attribute(randomised(model, seed=3), images, TARGETS, method="gradient_x_input", seed=3).maps
    assert checks.randomised_correlation is not None
    assert torch.equal(checks.randomised_correlation, rank_correlation(maps.abs(), shuffled.abs()))
    columns = checks.columns()
    assert columns["pointing"] == pointing_game(maps, masks).tolist()
    assert columns["mass_in_mask"] == mass_in_mask(maps, masks).tolist()
    assert columns["mask_area"] == area_share(masks).tolist() == [0.5, 0.5]


def test_only_checks_that_there_are_become_columns(images: Tensor) -> None:
    model = network()

    def function(pixels: Tensor) -> Tensor:
        logits: Tensor = model(pixels)
        return logits

    explained = attribute(function, images, TARGETS, method="gradient_x_input")
    assert set(check_maps(function, images, TARGETS, explained).columns()) == ALWAYS
    promised = attribute(model, images, TARGETS, method="integrated_gradients")
    columns = check_maps(model, images, TARGETS, promised).columns()
    assert set(columns) == {*ALWAYS, "randomised_correlation", "relative_gap"}
    assert all(len(column) == 2 for column in columns.values())


def test_a_network_whose_shuffle_is_itself_correlates_fully(images: Tensor) -> None:
    model = network()
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.fill_(0.1)
    explained = attribute(model, images, TARGETS, method="gradient_x_input")
    correlation = check_maps(model, images, TARGETS, explained).randomised_correlation
    assert correlation is not None
    assert torch.allclose(correlation, torch.ones(2, dtype=torch.float64))


def test_a_constant_gradient_is_not_sensitive_and_a_method_of_ones_own_is_used_again(images: Tensor) -> None:
    seen: list[int] = []

    def function(pixels: Tensor) -> Tensor:
        seen.append(len(pixels))
        return torch.stack([pixels[:, 0].sum((1, 2)), pixels[:, 1].sum((1, 2))], 1)

    explained = attribute(function, images, TARGETS, method=(coarse := Occlusion(window=4, stride=4)))
    seen.clear()
    check_maps(function, images, TARGETS, explained, method=coarse)
    few = sum(seen)
    seen.clear()
    check_maps(function, images, TARGETS, explained)
    assert few < sum(seen)  # the default windows are many more
    gradient = attribute(function, images, TARGETS, method="smooth_grad")
    assert check_maps(function, images, TARGETS, gradient).sensitivity.tolist() == [0.0, 0.0]


def test_the_seed_is_the_only_chance(images: Tensor) -> None:
    model = network()
    explained = attribute(model, images, TARGETS, method="smooth_grad")
    state = torch.get_rng_state()
    first, again, other = (check_maps(model, images, TARGETS, explained, seed=s).columns() for s in (0, 0, 1))
    assert torch.equal(torch.get_rng_state(), state)
    assert first == again
    assert first["sensitivity"] != other["sensitivity"]


def test_masks_that_do_not_fit_are_refused(images: Tensor) -> None:
    explained = attribute(network(), images, TARGETS, method="gradient_x_input")
    with pytest.raises(ValueError, match="expected `masks`"):
        check_maps(network(), images, TARGETS, explained, masks=torch.ones(2, 4, 4, dtype=torch.bool))
