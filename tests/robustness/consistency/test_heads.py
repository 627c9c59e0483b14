import numpy as np
import pytest
import torch
from sklearn.linear_model import LogisticRegression

from robustness.consistency.heads import MLPSettings, build_mlp, fit_logistic, fit_mlp

QUICK = MLPSettings(widths=(8,), epochs=15, learning_rate=2e-2)


def ring(rows=400, seed=0):
    """Standardised inputs of which the inner ones are wrong: no line separates them."""
    inputs = torch.randn(rows, 2, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)
    return inputs, inputs.norm(dim=1) < 0.8


def auroc(wrong, logits):
    ranks = logits[:, 0].argsort().argsort().double()
    positives = int(wrong.sum())
    return float((ranks[wrong].sum() - positives * (positives - 1) / 2) / (positives * (len(wrong) - positives)))


def test_the_regression_is_scikit_learns():
    inputs, wrong = ring()
    wrong = wrong | (inputs[:, 0] > 0.5)
    head = fit_logistic(inputs, wrong, inverse_penalty=0.3)
    reference = LogisticRegression(C=0.3, class_weight="balanced", max_iter=5000).fit(inputs.numpy(), wrong.numpy())
    assert np.allclose(head(inputs)[:, 0].numpy(), reference.decision_function(inputs.numpy()))
    assert not any(parameter.requires_grad for parameter in head.parameters())


def test_the_regression_minimises_the_balanced_loss():
    inputs, wrong = ring()
    head = fit_logistic(inputs, wrong, inverse_penalty=0.3)
    weight, bias = (parameter.detach().clone().requires_grad_() for parameter in head.parameters())
    logits = (inputs @ weight.T + bias)[:, 0]
    share = wrong.double().mean()
    balance = torch.where(wrong, 0.5 / share, 0.5 / (1 - share))
    loss = torch.nn.functional.binary_cross_entropy_with_logits(logits, wrong.double(), balance, reduction="sum")
    total = 0.3 * loss + weight.square().sum() / 2
    for gradient in torch.autograd.grad(total, (weight, bias)):
        assert float(gradient.abs().max()) < 0.05


def test_the_network_learns_what_no_line_can():
    head = fit_mlp(*ring(), settings=QUICK, seed=0)
    inputs, wrong = ring(seed=1)
    assert auroc(wrong, head(inputs)) > 0.9
    assert auroc(wrong, fit_logistic(*ring(), inverse_penalty=1.0)(inputs)) < 0.65


def test_the_seed_decides_on_every_weight():
    one, same, other = (fit_mlp(*ring(100), settings=QUICK, seed=seed) for seed in (3, 3, 4))
    assert all(torch.equal(a, b) for a, b in zip(one.state_dict().values(), same.state_dict().values(), strict=True))
    assert not torch.equal(one[0].weight, other[0].weight)


def test_global_random_state_is_neither_read_nor_written():
    before = torch.get_rng_state()
    one = fit_mlp(*ring(100), settings=QUICK, seed=0)
    assert torch.equal(torch.get_rng_state(), before)
    with torch.random.fork_rng():
        torch.manual_seed(99)
        other = fit_mlp(*ring(100), settings=QUICK, seed=0)
    assert torch.equal(one[0].weight, other[0].weight)


def test_balance_does_not_shift_the_decision_of_rare_errors():
    """With five times as many right answers, balanced classes still put the border where chances are even."""
    inputs = torch.cat([torch.full((50, 1), 1.0), torch.full((250, 1), -1.0)]).double()
    wrong = torch.arange(300) < 50
    for head in (fit_logistic(inputs, wrong, inverse_penalty=1.0), fit_mlp(inputs, wrong, settings=QUICK, seed=0)):
        high, low = head(torch.tensor([[1.0], [-1.0]]).double())[:, 0].tolist()
        assert high > 0 > low


def test_the_network_has_the_published_layers():
    names = [type(layer).__name__ for layer in build_mlp(7, MLPSettings())]
    assert names == ["Linear", "ReLU", "BatchNorm1d"] * 2 + ["Linear"]
    assert [layer.out_features for layer in build_mlp(7, MLPSettings())[::3]] == [70, 70, 1]


def test_steps_are_bounded_and_a_lone_last_row_is_left_out():
    inputs, wrong = ring(65)
    settings = MLPSettings(widths=(4,), epochs=2)
    head = fit_mlp(inputs, wrong, settings=settings, seed=0)
    assert int(head[2].num_batches_tracked) == 4  # 32 + 32 rows, twice; the 65th row alone has no variance
    short = MLPSettings(widths=(4,), epochs=2, most_steps=3)
    assert int(fit_mlp(inputs, wrong, settings=short, seed=0)[2].num_batches_tracked) == 3


@pytest.mark.parametrize("setting", [{"dropout": 1.0}, {"batch_size": 1}, {"epochs": 0}, {"most_steps": 0}])
def test_settings_are_checked(setting):
    with pytest.raises(ValueError, match=f"expected `{next(iter(setting))}` "):
        MLPSettings(**setting)


def test_settings_print_as_their_own_call():
    assert eval(repr(QUICK)) == QUICK
