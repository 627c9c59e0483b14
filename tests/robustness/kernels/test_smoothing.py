import numpy as np
import pytest

from robustness.kernels.smoothing import smoothing
from tests.robustness.kernels.fields import assert_same_sums


@pytest.mark.parametrize("shape", [(224, 224), (40, 500)], ids=str)
@pytest.mark.parametrize("sigma", [1, 4, 4.7, 19.52, 170.8])
def test_same_sums(shape, sigma):
    assert_same_sums(smoothing, shape, sigma, 3, "reflect")


def test_no_sigma_leaves_the_field():
    field = np.arange(6.0).reshape(2, 3)
    smoothing(2, 3, 0, 3, "nearest")(field)
    assert field.ravel().tolist() == [0, 1, 2, 3, 4, 5]
