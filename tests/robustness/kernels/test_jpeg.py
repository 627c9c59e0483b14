import pytest
import torch

from robustness.corruptions import jpeg
from robustness.kernels.jpeg import jpeg_compression
from tests.robustness.corruptions.charts import random_images
from tests.robustness.kernels.equality import SIZES, assert_same_pixels


@pytest.mark.parametrize("size", SIZES)
def test_same_pixels(size):
    assert_same_pixels(jpeg_compression, jpeg.jpeg_compression, "jpeg_compression", size)


@pytest.mark.parametrize("width", [1, 2, 3, 4, 5, 16, 17, 127, 129, 257, 300])
@pytest.mark.parametrize("height", [1, 2, 8, 9, 17, 31])
def test_same_pixels_at_the_borders_of_blocks(height, width):
    images, keys = random_images(2, 3, height, width), torch.tensor([1, 2])
    for quality in (1, 30, 100):
        assert torch.equal(jpeg_compression(images, quality, keys), jpeg.jpeg_compression(images, quality, keys))
