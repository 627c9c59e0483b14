import numpy as np
import pytest
import torch
from scipy.special import softmax
from scipy.stats import entropy

from robustness.consistency.scores import (
    CONSISTENCY_SCORES,
    agreement_rate,
    kl_consistency,
    max_kl_consistency,
    symmetric_kl_consistency,
    tta_confidence,
)

DIVERGENCES = [kl_consistency, symmetric_kl_consistency, max_kl_consistency]


def random_logits(rows=6, copies=4, classes=5, scale=3.0, seed=0):
    generator = torch.Generator().manual_seed(seed)
    return scale * torch.randn(rows, copies + 1, classes, generator=generator, dtype=torch.float64)


@pytest.mark.parametrize("classes", [2, 5, 1000])
def test_divergences_equal_scipy(classes):
    logits = random_logits(classes=classes)
    p = softmax(logits.numpy(), axis=2)
    forward = np.array([[entropy(row[0], copy) for copy in row[1:]] for row in p])
    backward = np.array([[entropy(copy, row[0]) for copy in row[1:]] for row in p])
    assert np.allclose(kl_consistency(logits), forward.mean(1))
    assert np.allclose(symmetric_kl_consistency(logits), (forward + backward).mean(1) / 2)
    assert np.allclose(max_kl_consistency(logits), forward.max(1))


def test_tta_and_agreement_equal_plain_loops():
    logits = random_logits()
    for row, tta, agreement in zip(logits, tta_confidence(logits), agreement_rate(logits), strict=True):
        predicted = int(row[0].argmax())
        chances = [float(copy.softmax(0)[predicted]) for copy in row]
        votes = [int(copy.argmax()) == predicted for copy in row[1:]]
        assert float(tta) == pytest.approx(np.mean(chances))
        assert float(agreement) == np.mean(votes)


def test_constant_copies_are_perfectly_consistent():
    logits = random_logits(copies=0).expand(-1, 6, -1)
    for divergence in DIVERGENCES:
        assert torch.allclose(divergence(logits), torch.zeros(6, dtype=torch.float64), atol=1e-14)
    assert bool((agreement_rate(logits) == 1).all())
    assert torch.allclose(tta_confidence(logits), logits[:, 0].softmax(1).amax(1))


def test_copies_that_all_disagree_have_no_agreement():
    logits = torch.tensor([[[9.0, 0.0], [0.0, 9.0], [0.0, 9.0]]])
    assert agreement_rate(logits).tolist() == [0.0]
    assert tta_confidence(logits).item() == pytest.approx(1 / 3, abs=1e-3)


def test_the_mean_divergence_lies_below_the_largest():
    logits = random_logits(rows=50)
    assert bool((kl_consistency(logits) <= max_kl_consistency(logits)).all())
    assert bool((kl_consistency(logits) > 0).all())


@pytest.mark.parametrize("name", CONSISTENCY_SCORES)
def test_the_registry_holds_confidences(name):
    """Copies near the original score higher than copies far from it."""
    score = CONSISTENCY_SCORES[name]
    assert score.__name__ == name
    original = random_logits(rows=200, copies=0)
    noise = random_logits(rows=200, copies=8, seed=1)
    near, far = ((original + scale * noise) for scale in (0.1, 2.0))
    near[:, 0] = far[:, 0] = original[:, 0]
    assert float((score(near) - score(far)).mean()) > 0
    assert score(near).shape == (200,)
    assert score(near).dtype == torch.float64


@pytest.mark.parametrize("name", CONSISTENCY_SCORES)
def test_scores_ignore_the_order_of_classes_and_of_copies(name):
    logits, score = random_logits(), CONSISTENCY_SCORES[name]
    assert torch.allclose(score(logits[..., [3, 0, 4, 1, 2]]), score(logits))
    assert torch.allclose(score(logits[:, [0, 4, 2, 1, 3]]), score(logits))


@pytest.mark.parametrize("name", CONSISTENCY_SCORES)
@pytest.mark.parametrize("scale", [1e-30, 1e4, 1e30])
def test_scores_are_finite_for_extreme_logits(name, scale):
    logits = random_logits(classes=1000).float() * scale
    assert bool(torch.isfinite(CONSISTENCY_SCORES[name](logits)).all())


@pytest.mark.parametrize("name", [name for name in CONSISTENCY_SCORES if name != "agreement_rate"])
def test_scores_are_differentiable(name):
    logits = random_logits(rows=3, copies=3, classes=4).requires_grad_()
    assert torch.autograd.gradcheck(CONSISTENCY_SCORES[name], (logits,))


@pytest.mark.parametrize("score", [*DIVERGENCES, agreement_rate])
def test_scores_of_copies_need_a_copy(score):
    with pytest.raises(ValueError, match="expected at least 1 transformed copies in `logits`, got 0"):
        score(random_logits(copies=0))


def test_tta_without_copies_is_the_maximum_probability():
    logits = random_logits(copies=0)
    assert torch.allclose(tta_confidence(logits), logits[:, 0].softmax(1).amax(1))


@pytest.mark.parametrize("name", CONSISTENCY_SCORES)
def test_nan_is_refused_with_its_count(name):
    logits = random_logits()
    logits[2, 1, 0] = torch.nan
    with pytest.raises(ValueError, match="NaN or infinity for 1 of 6 images"):
        CONSISTENCY_SCORES[name](logits)
