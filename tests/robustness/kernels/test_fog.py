import pytest

from robustness.corruptions import CORRUPTIONS
from robustness.kernels.fog import fog
from tests.robustness.kernels.equality import SIZES, assert_same_pixels


@pytest.mark.parametrize("size", SIZES)
def test_same_pixels(size):
    assert_same_pixels(fog, CORRUPTIONS["fog"], "fog", size)
