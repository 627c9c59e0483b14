import pytest
import torch

from robustness.corruptions import CORRUPTIONS, blur
from robustness.kernels.blur import defocus_blur, gaussian_blur
from tests.robustness.corruptions.charts import random_images
from tests.robustness.kernels.equality import SIZES, assert_same_pixels

COMPILED = {"defocus_blur": defocus_blur, "gaussian_blur": gaussian_blur}


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("name", COMPILED)
def test_same_pixels(name, size):
    assert_same_pixels(COMPILED[name], getattr(blur, name), name, size)


@pytest.mark.parametrize("shape", [(1, 3, 300, 7), (1, 3, 3, 700), (0, 3, 20, 20)], ids=str)
def test_same_pixels_in_bands_of_any_shape(shape):
    images, keys = random_images(*shape), torch.zeros(shape[0], dtype=torch.int64)
    for sigma in (0.05, 0.3, 1.5, 6):  # no neighbour, one, a number that four does not divide, more than 300 px hold
        assert torch.equal(gaussian_blur(images, sigma, keys), blur.gaussian_blur(images, sigma, keys))
    for constant in ((3, 0.1), (10, 0.5)):
        assert torch.equal(defocus_blur(images, constant, keys), blur.defocus_blur(images, constant, keys))


def test_white_does_not_overflow():
    white = torch.full((1, 3, 60, 60), 255, dtype=torch.uint8)
    key = torch.tensor([0])
    assert torch.equal(gaussian_blur(white, 6, key), white)
    assert torch.equal(defocus_blur(white, (10, 0.5), key), CORRUPTIONS["defocus_blur"](white, (10, 0.5), key))
