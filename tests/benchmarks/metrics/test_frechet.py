"""The distance against its definition with a matrix root, and where it is known."""

import numpy as np
import pytest
from scipy.linalg import sqrtm

from benchmarks.metrics.frechet import frechet_distance


def test_it_is_the_definition() -> None:
    generator = np.random.default_rng(0)
    one = generator.normal(size=(40, 4)) @ generator.normal(size=(4, 4))
    other = generator.normal(size=(60, 4)) @ generator.normal(size=(4, 4)) + 1
    first, second = np.cov(one.T), np.cov(other.T)
    shift = one.mean(0) - other.mean(0)
    expected = shift @ shift + np.trace(first + second - 2 * sqrtm(first @ second).real)
    assert frechet_distance(one, other) == pytest.approx(expected)
    assert frechet_distance(other, one) == pytest.approx(expected)


def test_one_dimension_has_a_formula() -> None:
    one, other = np.array([[0.0], [2.0]]), np.array([[1.0], [7.0]])
    spread = np.sqrt(2.0) - np.sqrt(18.0)
    assert frechet_distance(one, other) == pytest.approx(9 + spread**2)


def test_fewer_images_than_features_are_no_error() -> None:
    rows = np.random.default_rng(1).normal(size=(3, 10))
    assert frechet_distance(rows, rows) == pytest.approx(0, abs=1e-9)
