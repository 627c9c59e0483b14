import math

import numpy as np
import pytest

from benchmarks.summary.figures import FIGURE, Figure, hull, rate, resampled, tidy


def test_a_figure_has_the_columns_of_every_table():
    assert list(Figure._fields) == FIGURE


def test_a_rate_says_wilson():
    figure = rate(8, 10, "top-1")
    assert figure.value == 0.8
    assert figure.low < 0.8 < figure.high
    assert figure.convention == "top-1; Wilson 95 %"
    assert math.isnan(rate(0, 0, "top-1").value)


@pytest.mark.parametrize("kind", [resampled, hull])
def test_conventions_own_the_resampling(kind):
    samples = np.linspace(0.1, 0.3, 50)
    figure = kind(0.2, samples, 40, "area")
    assert figure.low < 0.2 < figure.high
    assert figure.n == 40
    assert "50 resamples" in figure.convention
    samples[:7] = np.nan
    assert "7 undefined ones left out" in kind(0.2, samples, 40, "area").convention
    undefined = kind(math.nan, samples, 40, "area")
    assert "undefined on these images" in undefined.convention
    assert math.isnan(undefined.low)


def test_an_empty_table_keeps_its_columns():
    assert list(tidy([], ["model", *FIGURE]).columns) == ["model", *FIGURE]
