import numpy as np
import pytest
import torch
from scipy import ndimage

from robustness.corruptions.motion import motion_blur_levels
from robustness.perturbations import COURSES, perturb
from tests.robustness.corruptions.charts import random_images
from tests.robustness.perturbations.test_warp import pillow


def made(images, name, profile, size=None):
    """(N, F, 3, h, w)."""
    return perturb(images, name, seeds=torch.arange(len(images)), profile=profile, size=size)


@pytest.mark.parametrize("profile", ["imagenet", "cifar"])
def test_motion_turns_while_its_length_stays(profile):
    images = random_images(2, 3, 30, 34)
    film = made(images, "motion_blur", profile, size=(24, 24))
    (radius, sigma), steps = COURSES["motion_blur"][profile]
    inner = images[..., 3:27, 5:29].contiguous()
    for number in (0, 7, len(steps) - 1):
        angles = torch.full((2,), steps[number], dtype=torch.float64)
        assert torch.equal(film[:, number], motion_blur_levels(inner, radius, sigma, angles))


@pytest.mark.parametrize("profile", ["imagenet", "cifar"])
def test_zoom_averages_all_enlargements_so_far_in_single_precision(profile):
    images = random_images(1, 3, 36, 40)
    film = made(images, "zoom_blur", profile, size=(32, 32))[0].numpy()
    total = images[0, :, 2:34, 4:36].numpy().astype(np.float32) / np.float32(255)
    assert np.array_equal(film[0], images[0, :, 2:34, 4:36].numpy())
    for number, step in enumerate(COURSES["zoom_blur"][profile].steps[1:], start=1):
        enlarged = pillow(images[0].numpy(), ((1 / step, 0.0), (0.0, 1 / step)), (32, 32))
        total = total + enlarged.astype(np.float32) / np.float32(255)
        expected = np.uint8(total / np.float32(number + 1) * np.float32(255))
        difference = np.abs(film[number].astype(int) - expected)
        assert difference.max() <= 1 and (difference == 0).mean() > 0.995


@pytest.mark.parametrize("profile", ["imagenet", "tiny", "cifar"])
def test_gaussian_blur_equals_scipy(profile):
    images = random_images(1, 3, 33, 28)
    film = made(images, "gaussian_blur", profile)[0].numpy()
    end, steps = COURSES["gaussian_blur"][profile]
    for number in (0, 10, 20, 30):
        sigma = (0, steps[number], steps[number])
        photo = images[0].numpy() / 255
        expected = np.uint8(255 * ndimage.gaussian_filter(photo, sigma, mode="nearest", truncate=end) + 1e-6)
        difference = np.abs(film[number].astype(int) - expected)
        assert difference.max() <= 1 and (difference == 0).mean() > 0.995


@pytest.mark.parametrize("name", ["motion_blur", "gaussian_blur"])
@pytest.mark.parametrize("level", [0, 1, 100, 255])
def test_flat_images_stay(name, level):
    images = torch.full((1, 3, 25, 20), level, dtype=torch.uint8)
    for profile in COURSES[name]:
        assert made(images, name, profile).unique().tolist() == [level]
