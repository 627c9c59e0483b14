import pytest

from robustness.corruptions import CORRUPTIONS
from robustness.corruptions.compiled.fog import fog
from tests.robustness.corruptions.compiled.equality import SIZES, assert_same_pixels


@pytest.mark.parametrize("size", SIZES)
def test_same_pixels(size):
    assert_same_pixels(fog, CORRUPTIONS["fog"], "fog", size)
