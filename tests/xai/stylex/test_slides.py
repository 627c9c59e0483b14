"""A reading moves to its end, what belongs to it comes along, and all else stays."""

import pytest
import torch

from tests.xai.stylex.planted_decoders import styles
from xai.stylex.slides import Reading, fit_slide, unexplained

CAUSES = styles(2000, seed=3, size=3)
MIXED = torch.tensor(
    [[1.0, 0.8, 0.0, 0.0, 0.1], [0.0, 0.0, 2.0, 0.0, 0.0], [0.0, 0.0, 1.5, 0.7, 0.0]], dtype=torch.float64
)
X = CAUSES @ MIXED + 0.05 * styles(2000, seed=4, size=5)
FIRST = Reading(coordinates=(0,), weights=(2.0,))


def test_the_reading_ends_at_its_percentile_and_goes_straight_there() -> None:
    slide = fit_slide(X, FIRST)
    numbers = 2 * X[:, 0]
    assert slide.high == pytest.approx(float(torch.quantile(numbers, 0.99)))
    assert slide.low == pytest.approx(float(torch.quantile(numbers, 0.01)))
    there, half = slide.applied(X), slide.applied(X, amount=0.5)
    assert torch.allclose(FIRST.of(there), torch.tensor(slide.high, dtype=torch.float64))
    assert torch.allclose(half, (X + there) / 2)
    assert torch.equal(slide.applied(X, amount=0), X)
    assert torch.allclose(slide.applied(slide.applied(X)), there)
    assert torch.allclose(slide.placed(X, 1.0)[:, 0], (numbers.mean() + numbers.std()) / 2)


def test_what_belongs_to_the_reading_comes_along_as_a_regression_says() -> None:
    line = fit_slide(X, FIRST).line
    slope = torch.linalg.lstsq(torch.stack([2 * X[:, 0], torch.ones(len(X)).double()], 1), X[:, 1:2]).solution[0, 0]
    assert line[1] == pytest.approx(float(slope))
    assert line[2] == line[3] == 0, "the other causes' coordinates go with it by chance alone"
    alone = fit_slide(X, FIRST, follow=1.0).line
    assert alone[0] == pytest.approx(0.5) and alone[1:].count_nonzero() == 0


def test_back_is_the_same_line_from_the_other_end() -> None:
    slide = fit_slide(X, Reading(coordinates=(0, 1), weights=(1.0, 1.0)))
    back = slide.reversed()
    assert slide.directions == (1, 1) and back.directions == (0, 0)
    assert torch.allclose(slide.reading.of(back.applied(X)), torch.tensor(slide.low, dtype=torch.float64))
    assert torch.allclose(slide.applied(back.applied(X)), slide.applied(X))
    assert torch.allclose(back.placed(X, -1.0), slide.placed(X, 1.0))
    assert torch.equal(back.reversed().line, slide.line)


def test_a_reading_that_is_held_keeps_its_value() -> None:
    third, mixed = Reading(coordinates=(3,), weights=(1.0,)), Reading(coordinates=(2,), weights=(1.0,))
    free, held = fit_slide(X, mixed), fit_slide(X, mixed, held=[third])
    assert free.line[3] != 0
    assert torch.allclose(third.of(held.applied(X)), third.of(X))
    causes = torch.linalg.lstsq(MIXED.T, (held.applied(X) - X).T).solution
    assert causes[1].abs().mean() > 10 * causes[2].abs().mean(), "the second cause alone makes the difference"


def test_what_others_tell_of_a_reading() -> None:
    third, mixed = Reading(coordinates=(3,), weights=(-4.0,)), Reading(coordinates=(2,), weights=(1.0,))
    assert unexplained(X, mixed, []) == 1
    assert unexplained(X, mixed, [third]) == pytest.approx(4 / 6.25, abs=0.03)  # variances of the two causes
    assert unexplained(X, mixed, [FIRST]) > 0.99
    assert unexplained(X, mixed, [third, mixed]) < 1e-9
