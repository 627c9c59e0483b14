import pytest

from robustness.corruptions import CORRUPTIONS
from robustness.corruptions.compiled.snow import snow
from tests.robustness.corruptions.compiled.equality import SIZES, assert_same_pixels


@pytest.mark.parametrize("size", SIZES)
def test_same_pixels(size):
    assert_same_pixels(snow, CORRUPTIONS["snow"], "snow", size)
