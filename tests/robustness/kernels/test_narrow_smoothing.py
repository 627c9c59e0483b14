import pytest

from robustness.kernels.narrow_smoothing import NarrowSmoothing
from tests.robustness.kernels.fields import SHAPES, assert_same_sums


@pytest.mark.parametrize("shape", SHAPES, ids=str)
@pytest.mark.parametrize("sigma", [0.5, 2.44, 6])
@pytest.mark.parametrize("border", ["reflect", "nearest"])
def test_same_sums(shape, sigma, border):
    assert_same_sums(NarrowSmoothing, shape, sigma, 3, border)
