import pytest
import torch

from robustness.corruptions import digital
from robustness.kernels.pixelate import pixelate
from tests.robustness.corruptions.charts import random_images
from tests.robustness.kernels.equality import SIZES, assert_same_pixels


@pytest.mark.parametrize("size", SIZES)
def test_same_pixels(size):
    assert_same_pixels(pixelate, digital.pixelate, "pixelate", size)


@pytest.mark.parametrize("scale", [1.0, 0.99, 0.61, 0.37, 0.1, 0.01])
@pytest.mark.parametrize("shape", [(3, 200), (200, 3), (31, 33), (9, 9), (7, 1)], ids=str)
def test_same_pixels_for_any_share(shape, scale):
    images, keys = random_images(2, 3, *shape), torch.tensor([1, 2])
    assert torch.equal(pixelate(images, scale, keys), digital.pixelate(images, scale, keys))
