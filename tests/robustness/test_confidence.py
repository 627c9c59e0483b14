from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor

from robustness.confidence import (
    CONFIDENCE_SCORES,
    doctor_alpha,
    doctor_beta,
    energy,
    margin,
    max_logit,
    max_softmax,
    negative_entropy,
)

Array = Any


def probabilities(z: Array) -> Array:
    e = np.exp(z.astype(np.longdouble))
    return e / e.sum(axis=1, keepdims=True)


def plain_margin(z: Array) -> Array:
    p = np.sort(probabilities(z), axis=1)
    return p[:, -1] - p[:, -2]


def plain_alpha(z: Array) -> Array:
    g = (probabilities(z) ** 2).sum(axis=1)
    return -(1 - g) / g


def plain_beta(z: Array) -> Array:
    top = probabilities(z).max(axis=1)
    return -(1 - top) / top


# Straight from the definitions, in extended precision.
PLAIN = {
    "max_softmax": lambda z: probabilities(z).max(axis=1),
    "margin": plain_margin,
    "negative_entropy": lambda z: (probabilities(z) * np.log(probabilities(z))).sum(axis=1),
    "max_logit": lambda z: z.max(axis=1),
    "energy": lambda z: np.log(np.exp(z.astype(np.longdouble)).sum(axis=1)),
    "doctor_alpha": plain_alpha,
    "doctor_beta": plain_beta,
}

every_score = pytest.mark.parametrize("name", CONFIDENCE_SCORES)


def some_logits(classes: int, scale: float = 3.0, count: int = 50) -> Tensor:
    return scale * torch.randn(count, classes, generator=torch.Generator().manual_seed(classes))


@every_score
@pytest.mark.parametrize("classes", [2, 3, 10, 1000])
@pytest.mark.parametrize("scale", [0.1, 3.0])
def test_equals_the_definition(name: str, classes: int, scale: float) -> None:
    logits = some_logits(classes, scale)
    scores = CONFIDENCE_SCORES[name](logits)
    assert scores.shape == (50,) and scores.dtype == torch.float64
    np.testing.assert_allclose(scores.numpy(), PLAIN[name](logits.numpy()).astype(float), rtol=1e-10, atol=1e-13)


@every_score
def test_the_registry_names_its_functions(name: str) -> None:
    assert CONFIDENCE_SCORES[name].__name__ == name
    assert name in PLAIN


@every_score
def test_a_clear_answer_scores_higher_than_a_doubtful_one(name: str) -> None:
    scores = CONFIDENCE_SCORES[name](torch.tensor([[0.0, 0.0, 0.0], [4.0, 3.5, 0.0], [9.0, 0.0, 0.0]]))
    assert (scores.diff() > 0).all()


@every_score
def test_the_order_of_the_classes_does_not_matter(name: str) -> None:
    logits = some_logits(6)
    torch.testing.assert_close(CONFIDENCE_SCORES[name](logits), CONFIDENCE_SCORES[name](logits[:, [3, 1, 0, 5, 4, 2]]))


@pytest.mark.parametrize("name", sorted(set(CONFIDENCE_SCORES) - {"max_logit", "energy"}))
def test_an_offset_of_all_logits_does_not_matter(name: str) -> None:
    logits = some_logits(6).double()
    shifted = CONFIDENCE_SCORES[name](logits + 1000)
    torch.testing.assert_close(shifted, CONFIDENCE_SCORES[name](logits), rtol=1e-9, atol=1e-12)


@every_score
def test_large_logits_do_not_overflow(name: str) -> None:
    scores = CONFIDENCE_SCORES[name](torch.tensor([[3e38, -3e38], [-3e38, -3e38]]))
    assert not scores.isnan().any()


@pytest.mark.parametrize("score, first", [(doctor_alpha, -2.0), (doctor_beta, -1.0), (negative_entropy, -101.0)])
def test_leads_beyond_a_softmax_of_one_keep_their_digits(score, first: float) -> None:  # type: ignore[no-untyped-def]
    """With two classes and a lead of 100: p = 1 - e^-100, 1 - g = 2 e^-100, entropy = 101 e^-100."""
    value = score(torch.tensor([[100.0, 0.0]])).item()
    assert value == pytest.approx(first * np.exp(-100), rel=1e-12)


def test_leads_that_float32_ties_stay_apart() -> None:
    logits = torch.tensor([[20.0, 0.0], [21.0, 0.0]])
    assert logits.softmax(1).amax(1).unique().numel() == 1
    for name, score in CONFIDENCE_SCORES.items():
        assert score(logits).diff().item() > 0, name


def test_doctor_beta_ranks_like_max_softmax() -> None:
    logits = some_logits(10, 2.0, 500)
    assert torch.equal(doctor_beta(logits).argsort(), max_softmax(logits).argsort())


def test_ties_for_the_top_are_counted_once() -> None:
    tied = torch.zeros(1, 4)
    assert max_softmax(tied).item() == 0.25
    assert margin(tied).item() == 0
    assert doctor_alpha(tied).item() == doctor_beta(tied).item() == -3


@pytest.mark.parametrize("temperature", [0.5, 2.0])
def test_energy_takes_a_temperature(temperature: float) -> None:
    logits = some_logits(5).double()
    expected = temperature * np.log(np.exp(logits.numpy() / temperature).sum(axis=1))
    np.testing.assert_allclose(energy(logits, temperature).numpy(), expected)


def test_energy_refuses_a_temperature_of_zero() -> None:
    with pytest.raises(ValueError, match="expected `temperature` above 0, got 0"):
        energy(some_logits(3), 0)


@every_score
@pytest.mark.parametrize("broken", [float("nan"), float("inf"), float("-inf")])
def test_a_row_that_is_not_finite_scores_nan_and_only_that_row(name: str, broken: float) -> None:
    logits = some_logits(4)
    logits[7, 2] = broken
    scores = CONFIDENCE_SCORES[name](logits)
    assert scores.isnan().nonzero().flatten().tolist() == [7]


@every_score
def test_no_images_no_scores(name: str) -> None:
    assert CONFIDENCE_SCORES[name](torch.zeros(0, 3)).shape == (0,)


@every_score
@pytest.mark.parametrize("shape", [(4,), (4, 1), (2, 3, 4)], ids=str)
def test_other_shapes_are_refused(name: str, shape: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match=r"expected `logits` of shape \(N, K\) with K >= 2 classes, got"):
        CONFIDENCE_SCORES[name](torch.zeros(shape))


@every_score
def test_scores_have_the_gradient_of_their_formula(name: str) -> None:
    assert torch.autograd.gradcheck(CONFIDENCE_SCORES[name], some_logits(4, 1.0, 3).double().requires_grad_())


def test_the_input_stays_as_it_is() -> None:
    logits = some_logits(4)
    before = logits.clone()
    for score in (max_logit, margin, doctor_alpha):
        score(logits)
    assert torch.equal(logits, before)
