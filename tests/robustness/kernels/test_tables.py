import pytest

from robustness.corruptions import CORRUPTIONS, frost_available
from robustness.kernels import tables
from tests.robustness.kernels.equality import SIZES, assert_same_pixels


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("name", tables.__all__)
def test_same_pixels(name, size):
    if name == "frost" and not frost_available():
        pytest.skip("needs the original's frost textures")
    assert_same_pixels(getattr(tables, name), CORRUPTIONS[name], name, size)
