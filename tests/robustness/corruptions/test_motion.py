import math

import numpy as np
import pytest
import torch

from robustness.corruptions import corrupt
from robustness.corruptions.draws import image_keys, uniforms
from robustness.corruptions.motion import motion_blur, motion_blur_levels
from robustness.corruptions.severities import PROFILES, SEVERITIES
from tests.robustness.corruptions.charts import random_images

# The first four weights of radius 10 and sigma 3, as measured on ImageMagick.
WEIGHTS = (0.23474, 0.22206, 0.18797, 0.14238)


def reference_motion_blur(image, radius, sigma, angle):
    """One output pixel at a time, in double precision; (C, H, W)."""
    steps = range(2 * math.ceil(radius) + 1)
    weights = [math.exp(-i * i / (2 * sigma * sigma)) for i in steps]
    weights = [weight / sum(weights) for weight in weights]
    dx = [math.ceil(i * math.cos(math.radians(angle)) - 0.5) for i in steps]
    dy = [math.ceil(i * math.sin(math.radians(angle)) - 0.5) for i in steps]
    _, height, width = image.shape
    out = np.empty_like(image)
    for y, x in np.ndindex(height, width):
        rows = [min(max(y + d, 0), height - 1) for d in dy]
        columns = [min(max(x + d, 0), width - 1) for d in dx]
        # The tiny summand lets whole numbers survive the rounding errors of the sum.
        out[:, y, x] = np.floor(image[:, rows, columns] @ np.array(weights) + 1e-6)
    return out


@pytest.mark.parametrize("shape", [(3, 24, 31), (1, 8, 8), (3, 1, 40), (3, 50, 1), (1, 1, 1)], ids=str)
@pytest.mark.parametrize("radius, sigma", [(10, 3), (20, 15), (6, 1)])
def test_equals_the_plain_reference(shape, radius, sigma):
    angles = [0.0, 45.0, -45.0, 17.3, -90.0, -135.0, 180.0, 93.0]
    images = random_images(len(angles), *shape)
    ours = motion_blur_levels(images, radius, sigma, torch.tensor(angles, dtype=torch.float64))
    pairs = zip(images.numpy(), angles, strict=True)
    expected = np.stack([reference_motion_blur(image, radius, sigma, angle) for image, angle in pairs])
    difference = np.abs(ours.numpy().astype(int) - expected)
    assert difference.max() <= 1  # the last of the 23 bits of a weight
    assert (difference == 0).mean() > 0.995


@pytest.mark.parametrize("profile", PROFILES)
@pytest.mark.parametrize("severity", [1, 5])
def test_the_angle_comes_from_the_seed(profile, severity):
    images, seeds = random_images(2, 3, 32, 40), torch.tensor([3, 4])
    keys = image_keys(seeds, f"motion_blur/{severity}/{profile}")
    ours = corrupt(images, "motion_blur", severity, seeds=seeds, profile=profile)
    constant = SEVERITIES["motion_blur"][profile][severity - 1]
    for image, result, draw in zip(images.numpy(), ours.numpy(), uniforms(keys, 1)[:, 0].tolist(), strict=True):
        difference = np.abs(result.astype(int) - reference_motion_blur(image, *constant, draw * 90 - 45))
        assert (difference == 0).mean() > 0.995


def test_angles_fill_the_range_of_the_original():
    keys = image_keys(torch.arange(100), "test")
    dot = torch.zeros(100, 1, 21, 21, dtype=torch.uint8)
    dot[:, :, 10, 20] = 255
    # The far end of the smear, ten pixels before the dot, is where the angle put it.
    smear = motion_blur_levels(dot, 5, 1000, uniforms(keys, 1)[:, 0].double() * 90 - 45)[:, 0]
    rows = [(image.amax(1) > 0).nonzero().flatten().tolist() for image in smear]
    assert min(min(row) for row in rows) == 3
    assert max(max(row) for row in rows) == 17


def test_weights_are_those_measured_on_imagemagick():
    line = torch.zeros(1, 1, 1, 30, dtype=torch.uint8)
    line[..., 25] = 255
    blurred = motion_blur_levels(line, 10, 3, torch.zeros(1)).flatten().tolist()
    assert blurred[25:21:-1] == [int(255 * weight) for weight in WEIGHTS]
    assert blurred[26:] == [0, 0, 0, 0]


def test_blur_looks_right_and_down_for_positive_angles():
    dot = torch.zeros(1, 1, 9, 9, dtype=torch.uint8)
    dot[..., 4, 4] = 255
    for angle, places in [(45.0, [(2, 2), (3, 3), (4, 4)]), (-90.0, [(4, 4), (5, 4), (6, 4)])]:
        smear = motion_blur_levels(dot, 1, 10, torch.tensor([angle]))[0, 0]
        lit = [tuple(place) for place in smear.nonzero().tolist()]
        assert set(lit) <= set(places)
        assert (4, 4) in lit


@pytest.mark.parametrize("level", [1, 255])
def test_a_flat_image_stays_as_it_is(level):
    images = torch.full((5, 3, 12, 12), level, dtype=torch.uint8)
    for severity in (1, 5):
        for profile in PROFILES:
            constant = SEVERITIES["motion_blur"][profile][severity - 1]
            assert torch.equal(motion_blur(images, constant, torch.arange(5) * 77), images)


def test_no_images_give_no_images():
    assert motion_blur_levels(torch.empty(0, 1, 4, 5, dtype=torch.uint8), 3, 1, torch.empty(0)).shape == (0, 1, 4, 5)


def test_one_pixel_may_lie_in_memory_as_channels_last():
    # Of one pixel both orders count as contiguous, and padding may pick either.
    pixel = torch.tensor([10, 120, 250], dtype=torch.uint8).view(1, 1, 1, 3).permute(0, 3, 1, 2)
    assert torch.equal(motion_blur(pixel.contiguous(), (10, 3), torch.tensor([5])), pixel)
