import pytest
import torch

from robustness.corruptions import zoom
from robustness.kernels.zoom import zoom_blur
from tests.robustness.corruptions.charts import random_images
from tests.robustness.kernels.equality import SIZES, assert_same_pixels


@pytest.mark.parametrize("size", SIZES)
def test_same_pixels(size):
    assert_same_pixels(zoom_blur, zoom.zoom_blur, "zoom_blur", size)


@pytest.mark.parametrize("shape", [(1, 3, 300, 7), (1, 3, 7, 300), (2, 3, 65, 33), (0, 3, 20, 20)], ids=str)
def test_same_pixels_in_bands_of_any_shape(shape):
    images, keys = random_images(*shape), torch.zeros(shape[0], dtype=torch.int64)
    for constant in ((1.31, 0.03), (2.9, 0.3)):  # also far larger than any of the benchmark
        assert torch.equal(zoom_blur(images, constant, keys), zoom.zoom_blur(images, constant, keys))


@pytest.mark.parametrize("level", [1, 254, 255])
def test_flat_images_stay_with_as_many_factors_as_sums_hold(level):
    images = torch.full((1, 3, 40, 50), level, dtype=torch.uint8)
    assert len(zoom.zoom_factors(1.305, 0.01)) == 30
    assert torch.equal(zoom_blur(images, (1.305, 0.01), torch.tensor([0])), images)
    assert torch.equal(zoom.zoom_blur(images, (1.305, 0.01), torch.tensor([0])), images)
