import pytest
import torch

from robustness.corruptions import glass
from robustness.kernels.glass import glass_blur
from tests.robustness.corruptions.charts import random_images
from tests.robustness.kernels.equality import SIZES, assert_same_pixels


@pytest.mark.parametrize("size", SIZES)
def test_same_pixels(size):
    assert_same_pixels(glass_blur, glass.glass_blur, "glass_blur", size)


@pytest.mark.parametrize("shape", [(9, 40), (40, 9), (10, 10), (8, 30), (30, 8)], ids=str)
@pytest.mark.parametrize("reach", [1, 4])
def test_same_pixels_where_little_lies_inside_the_margin(shape, reach):
    images, keys = random_images(3, 3, *shape), torch.tensor([1, -1, 2**62])
    # The least sigma blurs nothing, so that the displacement alone is compared.
    constant = (0.05, reach, 3)
    assert torch.equal(glass_blur(images, constant, keys), glass.glass_blur(images, constant, keys))
