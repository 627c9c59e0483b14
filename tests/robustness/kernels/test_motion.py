import pytest
import torch

from robustness.corruptions import motion
from robustness.kernels.motion import motion_blur, motion_blur_levels
from tests.robustness.corruptions.charts import random_images
from tests.robustness.kernels.equality import SIZES, assert_same_pixels


@pytest.mark.parametrize("size", SIZES)
def test_same_pixels(size):
    assert_same_pixels(motion_blur, motion.motion_blur, "motion_blur", size)


@pytest.mark.parametrize("shape", [(1, 24, 31), (2, 5, 60), (3, 60, 5), (1, 1, 2500)], ids=str)
@pytest.mark.parametrize("radius, sigma", [(10, 3), (20, 15), (6, 1), (1, 0.1)])
def test_same_levels_at_any_angle(shape, radius, sigma):
    angles = torch.tensor([0.0, 45, -45, 17.3, -90, -135, 180, 93], dtype=torch.float64)
    images = random_images(len(angles), *shape)
    ours = motion_blur_levels(images, radius, sigma, angles)
    assert torch.equal(ours, motion.motion_blur_levels(images, radius, sigma, angles))


def test_no_images_give_no_images():
    nothing = torch.empty(0, 3, 4, 5, dtype=torch.uint8)
    assert motion_blur(nothing, (10, 3), torch.empty(0, dtype=torch.int64)).shape == nothing.shape
