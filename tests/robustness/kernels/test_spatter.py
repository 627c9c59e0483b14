import pytest
import torch

from robustness.corruptions import spatter as with_torch
from robustness.kernels.spatter import spatter
from tests.robustness.corruptions.charts import random_images
from tests.robustness.kernels.equality import SIZES, assert_same_pixels


@pytest.mark.parametrize("size", SIZES)
def test_same_pixels(size):
    assert_same_pixels(spatter, with_torch.spatter, "spatter", size)


@pytest.mark.parametrize("kind", [0, 1], ids=["water", "mud"])
@pytest.mark.parametrize(
    "liquid",
    [(0.0, 0.1, 1, 0.9), (3.0, 0.0, 1, 0.65), (0.9, 0.3, 2, 0.5), (0.65, 0.3, 10, 0.65)],
    ids=["none", "all", "wraps around", "wide"],
)
def test_same_pixels_for_any_liquid(liquid, kind):
    images, keys = random_images(3, 3, 40, 50), torch.tensor([1, -1, 2**62])
    constant = (*liquid, 0.7, kind)
    assert torch.equal(spatter(images, constant, keys), with_torch.spatter(images, constant, keys))
