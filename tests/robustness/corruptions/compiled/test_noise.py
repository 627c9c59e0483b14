import pytest

from robustness.corruptions import CORRUPTIONS
from robustness.corruptions.compiled import noise
from tests.robustness.corruptions.compiled.equality import SIZES, assert_same_pixels


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("name", noise.__all__)
def test_same_pixels(name, size):
    assert_same_pixels(getattr(noise, name), CORRUPTIONS[name], name, size)
