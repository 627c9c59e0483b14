import math

import pytest
import torch

from robustness.consistency.features import FEATURES, log_odds, log_odds_and_summaries, sorted_logits
from robustness.consistency.scores import kl_consistency, tta_confidence
from tests.robustness.consistency.test_scores import random_logits

CASES = [(2, 0), (2, 3), (5, 4), (1000, 2)]


@pytest.mark.parametrize("classes, copies", CASES)
def test_log_odds_are_those_of_the_originally_predicted_class(classes, copies):
    logits = random_logits(classes=classes, copies=copies)
    for row, odds in zip(logits, log_odds(logits), strict=True):
        predicted = int(row[0].argmax())
        for copy, value in zip(row, odds, strict=True):
            p = float(copy.softmax(0)[predicted])
            assert float(value) == pytest.approx(math.log(p) - math.log1p(-p), rel=1e-9)


def test_sorted_logits_apply_the_originals_order_to_every_copy():
    logits = random_logits(classes=7)
    for row, features in zip(logits.tolist(), sorted_logits(logits, top_k=3).tolist(), strict=True):
        order = sorted(range(7), key=lambda k: -row[0][k])[:3]
        assert features == [copy[k] for copy in row for k in order]


@pytest.mark.parametrize("classes, columns", [(2, 2), (10, 10), (1000, 10)])
def test_sorted_logits_keep_ten_classes_or_all(classes, columns):
    assert sorted_logits(random_logits(classes=classes, copies=2)).shape == (6, 3 * columns)


def test_summaries_equal_their_plain_definitions():
    logits = random_logits(rows=1, copies=3, classes=4)
    z, p = logits[0], logits[0].softmax(1)
    features = log_odds_and_summaries(logits)[0].tolist()
    odds = log_odds(logits)[0]
    high = z[0].sort(descending=True).values
    averaged = float(tta_confidence(logits))
    copies = odds[1:]
    expected = [
        *odds.tolist(),
        float(high[0] - high[1]),
        float((p[0] * p[0].log()).sum()),
        float(high[0]),
        float(z[0].exp().sum().log()),
        math.log(averaged / (1 - averaged)),
        math.log(float(kl_consistency(logits)) + 1e-4),
        float(copies.min()),
        float(copies.sigmoid().log().mean()),
        float(copies.std(correction=0)),
    ]
    assert features == pytest.approx(expected, rel=1e-6)


@pytest.mark.parametrize("name", FEATURES)
def test_keys_are_the_functions_own_names(name):
    assert FEATURES[name].__name__ == name


@pytest.mark.parametrize("classes, copies", CASES)
@pytest.mark.parametrize("name", FEATURES)
def test_features_do_not_know_which_class_is_which(name, classes, copies):
    logits = random_logits(classes=classes, copies=copies)
    order = torch.randperm(classes, generator=torch.Generator().manual_seed(3))
    assert torch.allclose(FEATURES[name](logits[..., order]), FEATURES[name](logits))


@pytest.mark.parametrize("scale", [1e-30, 1e4, 1e30])
@pytest.mark.parametrize("classes, copies", CASES)
@pytest.mark.parametrize("name", FEATURES)
def test_features_and_their_gradients_are_finite_for_extreme_logits(name, classes, copies, scale):
    logits = (random_logits(classes=classes, copies=copies).float() * scale).requires_grad_()
    features = FEATURES[name](logits)
    assert features.dtype == torch.float64
    assert bool(torch.isfinite(features).all())
    (gradient,) = torch.autograd.grad(features.tanh().sum(), logits)
    assert bool(torch.isfinite(gradient).all())


@pytest.mark.parametrize("name", FEATURES)
def test_equal_copies_have_finite_gradients(name):
    logits = random_logits(copies=0).repeat(1, 4, 1).requires_grad_()
    (gradient,) = torch.autograd.grad(FEATURES[name](logits).sum(), logits)
    assert bool(torch.isfinite(gradient).all())


@pytest.mark.parametrize("name", FEATURES)
def test_gradients_are_exact(name):
    logits = random_logits(rows=2, copies=2, classes=4).requires_grad_()
    assert torch.autograd.gradcheck(FEATURES[name], (logits,))


@pytest.mark.parametrize("name", FEATURES)
def test_other_logits_are_refused(name):
    with pytest.raises(ValueError, match="expected `logits` of shape .* K at least 2, got"):
        FEATURES[name](torch.zeros(3, 2, 1))
    with pytest.raises(ValueError, match="NaN or infinity for 1 of 3 images"):
        FEATURES[name](torch.full((3, 2, 4), 0.0).index_fill(0, torch.tensor([1]), torch.inf))
    with pytest.raises(ValueError, match="expected `top_k` of at least 1, got 0"):
        sorted_logits(torch.zeros(1, 1, 2), top_k=0)
