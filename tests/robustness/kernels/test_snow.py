import pytest

from robustness.corruptions import CORRUPTIONS
from robustness.kernels.snow import snow
from tests.robustness.kernels.equality import SIZES, assert_same_pixels


@pytest.mark.parametrize("size", SIZES)
def test_same_pixels(size):
    assert_same_pixels(snow, CORRUPTIONS["snow"], "snow", size)
