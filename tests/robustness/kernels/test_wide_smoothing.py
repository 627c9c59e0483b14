import pytest

from robustness.kernels.wide_smoothing import WideSmoothing
from tests.robustness.kernels.fields import SHAPES, assert_same_sums


@pytest.mark.parametrize("shape", SHAPES, ids=str)
@pytest.mark.parametrize("sigma", [0.5, 2.44, 7, 19.52, 170.8])
@pytest.mark.parametrize("border", ["reflect", "nearest"])
def test_same_sums(shape, sigma, border):
    assert_same_sums(WideSmoothing, shape, sigma, 3, border)
