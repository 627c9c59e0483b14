"""Probes read what is there, on images they have not seen."""

import pytest
import torch
from sklearn.linear_model import Ridge
from sklearn.model_selection import KFold, cross_val_predict

from tests.xai.iin.gaussian_pairs import normal
from xai.iin.leakage import leakage


def test_each_attribute_is_read_where_it_is() -> None:
    size, noise = normal(400, 1), normal(400, 3, seed=1)
    shape = torch.randint(3, (400,), generator=torch.Generator().manual_seed(0))
    corners = torch.tensor([[1.0, 0.0], [-0.5, 0.9], [-0.5, -0.9]]).double()
    factors = {"size": size, "shape": corners[shape], "residual": noise}
    attributes = {"size": size[:, 0] * 3 + 1, "shape": shape, "marker": shape == 2}
    found = leakage(factors, attributes)
    assert found["size"]["size"].value > 0.99
    assert found["shape"]["shape"].value > 0.99
    assert found["shape"]["marker"].value > 0.99
    for factor, attribute in (("size", "shape"), ("shape", "size"), ("residual", "size"), ("residual", "marker")):
        entry = found[factor][attribute]
        assert entry.low <= entry.value < 0.02
        assert entry.high < 0.05
    assert found["size"]["shape"].n == 400


def test_a_noisy_factor_explains_what_theory_says() -> None:
    value = normal(3000)
    factor = value[:, None] + normal(3000, 1, seed=1)
    entry = leakage({"hue": factor}, {"hue": value})["hue"]["hue"]
    assert entry.value == pytest.approx(0.5, abs=0.04)
    assert entry.low < 0.5 < entry.high


def test_wide_factors_do_not_explain_by_their_width() -> None:
    """Fitted and judged on the same images, 40 dimensions would explain 2/3 of chance."""
    entry = leakage({"residual": normal(60, 40)}, {"coin": torch.arange(60) % 2})["residual"]["coin"]
    assert entry.value < 0.2


def test_the_probe_is_that_of_scikit_learn() -> None:
    x, noise = normal(100, 3), normal(100, seed=1)
    y = x[:, 0] + noise
    ours = leakage({"a": x}, {"b": y}, folds=100 // 2, seed=0)["a"]["b"].value
    folds = KFold(50, shuffle=True, random_state=0)
    guess = cross_val_predict(Ridge(0.1), x.numpy(), y.numpy(), cv=folds)
    theirs = 1 - ((y.numpy() - guess) ** 2).sum() / ((y - y.mean()) ** 2).sum().item()
    assert ours == pytest.approx(theirs, abs=0.03)


def test_attributes_and_folds_that_make_no_sense_are_refused() -> None:
    factors = {"a": normal(20, 2)}
    with pytest.raises(ValueError, match=r"expected attribute 'b' of shape \(20,\), got \(19,\)"):
        leakage(factors, {"b": torch.arange(19)})
    with pytest.raises(ValueError, match=r"expected attribute 'b' with finite values that vary, got \[1.0\]"):
        leakage(factors, {"b": torch.ones(20)})
    with pytest.raises(ValueError, match="expected at least 2 folds and 2 images a fold, got 20 images and 11 folds"):
        leakage(factors, {"b": torch.arange(20)}, folds=11)
