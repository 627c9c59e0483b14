import math

import numpy as np
import pytest
import torch
from scipy.special import softmax
from scipy.stats import entropy
from torch import Tensor, nn

from robustness.dropout import (
    DROPOUT_SCORES,
    dropout_switched_on,
    has_dropout,
    mc_dropout_logits,
    mc_max_softmax,
    mc_negative_entropy,
    mc_negative_expected_entropy,
    mc_negative_mutual_information,
)

IMAGES = torch.rand(6, 3, 8, 8, generator=torch.Generator().manual_seed(0))


def network(p: float = 0.5) -> nn.Module:
    layers = [nn.Conv2d(3, 8, 3), nn.BatchNorm2d(8), nn.ReLU(), nn.Dropout2d(p), nn.Flatten(), nn.Linear(288, 4)]
    return seeded(nn.Sequential(*layers)).eval()


def seeded(module: nn.Module) -> nn.Module:
    generator = torch.Generator().manual_seed(0)
    with torch.no_grad():
        for parameter in module.parameters():
            parameter.normal_(0, 0.1, generator=generator)
    return module


def modes(module: nn.Module) -> list[bool]:
    return [part.training for part in module.modules()]


def test_only_dropout_is_switched_on() -> None:
    module = network()
    statistics = module.get_buffer("1.running_mean").clone()
    with dropout_switched_on(module):
        assert [type(part) for part in module.modules() if part.training] == [nn.Dropout2d]
        module(IMAGES)
    assert torch.equal(module.get_buffer("1.running_mean"), statistics)


@pytest.mark.parametrize("before", [True, False])
def test_modes_come_back(before: bool) -> None:
    module = network().train(before)
    module.get_submodule("0").train(not before)
    expected = modes(module)
    with dropout_switched_on(module):
        assert module.get_submodule("3").training
    assert modes(module) == expected


def test_modes_come_back_after_an_error() -> None:
    module = network()
    with pytest.raises(RuntimeError, match="inside"), dropout_switched_on(module):
        raise RuntimeError("inside")
    assert not any(modes(module))


@pytest.mark.parametrize("module", [nn.Linear(2, 2), network(p=0.0)], ids=["none", "probability 0"])
def test_a_network_without_dropout_is_refused(module: nn.Module) -> None:
    assert not has_dropout(module)
    with pytest.raises(ValueError, match="expected `module` with dropout layers of a probability above 0"):
        mc_dropout_logits(module, module, IMAGES, draws=2, seed=0)


def test_draws_differ_and_a_seed_repeats_them() -> None:
    module = network()
    first = mc_dropout_logits(module, module, IMAGES, draws=5, seed=3)
    assert first.shape == (6, 5, 4)
    assert not torch.equal(first[:, 0], first[:, 1])
    assert torch.equal(first, mc_dropout_logits(module, module, IMAGES, draws=5, seed=3))
    assert not torch.equal(first, mc_dropout_logits(module, module, IMAGES, draws=5, seed=4))


def test_the_global_generator_is_left_alone() -> None:
    module = network()
    before = torch.get_rng_state()
    mc_dropout_logits(module, module, IMAGES, draws=2, seed=0)
    assert torch.equal(torch.get_rng_state(), before)


def test_the_mean_of_many_draws_is_the_plain_answer_of_a_linear_network() -> None:
    module = seeded(nn.Sequential(nn.Flatten(), nn.Dropout(0.3), nn.Linear(192, 3))).eval()
    draws = mc_dropout_logits(module, module, IMAGES, draws=2000, seed=0).double()
    error = draws.mean(1) - module(IMAGES)
    assert (error.abs() < 5 * draws.std(1) / math.sqrt(2000)).all()


def test_a_classifier_around_the_module_will_do() -> None:
    module = network()
    wrapped = mc_dropout_logits(lambda images: module(images - 0.5), module, IMAGES, draws=2, seed=0)
    assert torch.equal(wrapped, mc_dropout_logits(module, module, IMAGES - 0.5, draws=2, seed=0))


def test_dropout_that_does_not_run_is_noticed() -> None:
    other = nn.Sequential(nn.Flatten(), nn.Linear(192, 4))
    with pytest.raises(ValueError, match="draws that differ, got the same logits each time"):
        mc_dropout_logits(other, network(), IMAGES, draws=2, seed=0)


def test_a_fused_path_that_skips_dropout_is_noticed() -> None:
    layer = nn.TransformerEncoderLayer(d_model=8, nhead=2, dim_feedforward=8, batch_first=True).eval()
    with pytest.raises(ValueError, match="or by a fused path that skips them"):
        mc_dropout_logits(lambda images: layer(images[:, 0])[:, 0], layer, IMAGES, draws=2, seed=0)


def test_one_draw_is_refused() -> None:
    with pytest.raises(ValueError, match="expected `draws` of at least 2, got 1"):
        mc_dropout_logits(network(), network(), IMAGES, draws=1, seed=0)


def some_draws() -> Tensor:
    return 3 * torch.randn(40, 7, 5, generator=torch.Generator().manual_seed(1))


def test_scores_equal_their_definitions() -> None:
    draws = some_draws()
    p = softmax(draws.double().numpy(), axis=2)
    predictive, expected = entropy(p.mean(1), axis=1), entropy(p, axis=2).mean(1)
    np.testing.assert_allclose(mc_max_softmax(draws), p.mean(1).max(1))
    np.testing.assert_allclose(mc_negative_entropy(draws), -predictive)
    np.testing.assert_allclose(mc_negative_expected_entropy(draws), -expected)
    np.testing.assert_allclose(mc_negative_mutual_information(draws), expected - predictive, rtol=1e-9)


def test_draws_that_agree_carry_no_information() -> None:
    same = some_draws()[:, :1].expand(-1, 7, -1)
    torch.testing.assert_close(
        mc_negative_mutual_information(same), torch.zeros(40, dtype=torch.float64), rtol=0, atol=1e-12
    )


@pytest.mark.parametrize("name", DROPOUT_SCORES)
def test_every_score_names_itself_and_says_nan_for_what_is_not_finite(name: str) -> None:
    score = DROPOUT_SCORES[name]
    assert score.__name__ == name
    draws = some_draws()
    draws[3, 2, 1] = float("inf")
    assert score(draws).isnan().nonzero().flatten().tolist() == [3]
    with pytest.raises(ValueError, match=r"\(N, D, K\) with K >= 2 classes, got \(40, 5\)"):
        score(draws[:, 0])
