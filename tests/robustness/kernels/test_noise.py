import pytest

from robustness.corruptions import CORRUPTIONS
from robustness.kernels import noise
from tests.robustness.kernels.equality import SIZES, assert_same_pixels


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("name", noise.__all__)
def test_same_pixels(name, size):
    assert_same_pixels(getattr(noise, name), CORRUPTIONS[name], name, size)
