import numpy as np
import pytest
import torch
import torch.nn.functional as F
from scipy.optimize import minimize_scalar
from torch import Tensor

from robustness.temperature import NoTemperatureError, fit_temperature


def sampled(classes: int, count: int, seed: int = 0) -> tuple[Tensor, Tensor]:
    """Logits that are calibrated: labels are drawn from their softmax."""
    generator = torch.Generator().manual_seed(seed)
    logits = 2 * torch.randn(count, classes, generator=generator)
    labels = logits.softmax(1).multinomial(1, generator=generator)[:, 0]
    return logits, labels


def searched(logits: Tensor, labels: Tensor) -> float:
    """The same optimum by a search over the likelihood itself."""

    def nll(log_temperature: float) -> float:
        return F.cross_entropy(logits.double() / np.exp(log_temperature), labels).item()

    return float(np.exp(minimize_scalar(nll, bounds=(-8, 8), method="bounded", options={"xatol": 1e-10}).x))


@pytest.mark.parametrize("classes", [2, 5, 100])
@pytest.mark.parametrize("scale", [0.2, 1.0, 7.0])
def test_recovers_the_scale_of_calibrated_logits(classes: int, scale: float) -> None:
    logits, labels = sampled(classes, 5000)
    assert fit_temperature(scale * logits, labels) == pytest.approx(scale, rel=0.08)


@pytest.mark.parametrize("classes, count", [(2, 30), (3, 200), (10, 1000)])
def test_equals_a_search_over_the_likelihood(classes: int, count: int) -> None:
    logits, labels = sampled(classes, count, seed=1)
    assert fit_temperature(logits, labels) == pytest.approx(searched(logits, labels), rel=1e-5)


@pytest.mark.parametrize("scale", [1e-20, 1e-3, 1e3, 1e20])
def test_scales_with_the_logits_however_large(scale: float) -> None:
    logits, labels = sampled(4, 300)
    expected = scale * fit_temperature(logits, labels)
    assert fit_temperature(scale * logits.double(), labels) == pytest.approx(expected, rel=1e-6)


def test_an_offset_per_image_does_not_matter() -> None:
    logits, labels = sampled(4, 300)
    shifted = logits.double() + torch.arange(300.0)[:, None]
    assert fit_temperature(shifted, labels) == pytest.approx(fit_temperature(logits, labels), rel=1e-9)


def test_all_right_has_no_temperature() -> None:
    logits, _ = sampled(3, 40)
    with pytest.raises(NoTemperatureError, match="at least one wrong answer among the 40 held-out images, got none"):
        fit_temperature(logits, logits.argmax(1))


def test_all_wrong_with_two_classes_has_no_temperature() -> None:
    logits, _ = sampled(2, 40)
    with pytest.raises(NoTemperatureError, match="labels' logits to be above average .*; check the order"):
        fit_temperature(logits, logits.argmin(1))


def test_all_wrong_may_still_have_one() -> None:
    """The label always comes second of many: the classifier is wrong, and its logits are still worth something."""
    logits = torch.tensor([[5.0, 4.0, -9.0, -9.0], [4.5, 4.0, -9.0, -9.0]])
    labels = torch.tensor([1, 1])
    assert fit_temperature(logits, labels) == pytest.approx(searched(logits, labels), rel=1e-5)


def test_constant_logits_have_none() -> None:
    with pytest.raises(NoTemperatureError):
        fit_temperature(torch.ones(5, 3), torch.tensor([0, 1, 2, 0, 1]))


def test_one_wrong_answer_is_enough() -> None:
    logits = torch.tensor([[3.0, 0.0], [3.0, 0.0], [3.0, 0.0]])
    assert fit_temperature(logits, torch.tensor([0, 0, 1])) == pytest.approx(3 / np.log(2))


@pytest.mark.parametrize(
    "logits, labels, message",
    [
        (torch.zeros(0, 3), torch.zeros(0, dtype=torch.long), "at least one image"),
        (torch.zeros(4, 1), torch.zeros(4, dtype=torch.long), "K >= 2"),
        (torch.zeros(4, 3), torch.zeros(3, dtype=torch.long), r"got \(4, 3\) and \(3,\)"),
        (torch.zeros(4, 3), torch.tensor([0, 1, 2, 3]), r"integers in 0..2, got torch.int64 in 0..3"),
        (torch.zeros(4, 3), torch.zeros(4), "integers in 0..2, got torch.float32"),
        (torch.tensor([[0.0, float("nan")], [1.0, 0.0]]), torch.tensor([0, 1]), "got 1 of 2 rows with NaN"),
    ],
)
def test_other_arguments_are_refused(logits: Tensor, labels: Tensor, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        fit_temperature(logits, labels)
