import colorsys

import numpy as np
import pytest
import torch
from scipy import ndimage

from robustness.corruptions.draws import image_keys, normals
from robustness.corruptions.motion import motion_blur_levels
from robustness.corruptions.spatter import water_relief
from robustness.corruptions.zoom import crop_side
from robustness.perturbations import COURSES, perturb
from tests.robustness.corruptions.charts import random_images


def made(image, name, profile, size=None):
    """The film (F, 3, h, w) of one (3, H, W) image under seed 9, and the key of its draws."""
    film = perturb(image[None], name, seeds=torch.tensor([9]), profile=profile, size=size)[0]
    return film.numpy(), image_keys(torch.tensor([9]), f"perturbation/{name}/{profile}")


def reference_brightness(image, shift):
    """Through colorsys, one pixel at a time."""
    out = np.empty_like(image)
    for place in np.ndindex(image.shape[1:]):
        hue, saturation, value = colorsys.rgb_to_hsv(*(image[(slice(None), *place)] / 255))
        value = min(max(value + shift, 0), 1)
        out[(slice(None), *place)] = np.array(colorsys.hsv_to_rgb(hue, saturation, value)) * 255
    return out


@pytest.mark.parametrize("profile", ["imagenet", "cifar"])
def test_brightness_equals_colorsys(profile):
    image = random_images(3, 20, 20)
    film, _ = made(image, "brightness", profile)
    for number in (0, 9, 14, 15, 22, 30):
        expected = reference_brightness(image.numpy(), COURSES["brightness"][profile].steps[number])
        difference = np.abs(film[number].astype(int) - expected)
        assert difference.max() <= 1
        # At a shift of 0 all results are whole, and truncation hangs on the last bit of the way there and back.
        assert (difference == 0).mean() > (0.9 if number == 15 else 0.98)


@pytest.mark.parametrize("profile", ["imagenet", "tiny", "cifar"])
def test_snow_is_one_layer_driven_by_a_turning_wind(profile):
    image, (height, width) = random_images(3, 40, 48), (36, 40)
    film, key = made(image, "snow", profile, size=(height, width))
    (mean, deviation, zoom, threshold, radius, sigma, keep), steps = COURSES["snow"][profile]
    rows, columns = crop_side(height, zoom), crop_side(width, zoom)
    noise = normals(key, rows * columns).view(rows, columns).double().numpy() * deviation + mean
    large = ndimage.zoom(noise, zoom, order=1)
    top, left = (large.shape[0] - height) // 2, (large.shape[1] - width) // 2
    layer = large[top : top + height, left : left + width]
    flakes = torch.from_numpy(np.uint8(np.clip(np.where(layer < threshold, 0, layer), 0, 1) * 255))[None, None]
    photo = image[:, 2:38, 4:44].numpy() / 255
    grey = 0.299 * photo[0] + 0.587 * photo[1] + 0.114 * photo[2]
    ground = keep * photo + (1 - keep) * np.maximum(photo, 1.5 * grey + 0.5)
    assert flakes.any(), "some snow"
    for number in (0, 15, 30):
        angle = torch.tensor([steps[number]], dtype=torch.float64)
        driven = motion_blur_levels(flakes, radius, sigma, angle)[0, 0].numpy() / 255
        expected = np.uint8(np.clip(ground + driven + driven[::-1, ::-1], 0, 1) * 255)
        difference = np.abs(film[number].astype(int) - expected)
        assert difference.max() <= 1 and (difference == 0).mean() > 0.99


@pytest.mark.parametrize("profile", ["imagenet", "cifar"])
def test_spatter_runs_down(profile):
    image, shape = random_images(3, 64, 60) // 2, (64, 60)
    film, key = made(image, "spatter", profile)
    mean, deviation, sigma, threshold, intensity, flow = COURSES["spatter"][profile].constant
    noise = normals(key, 64 * 60).view(shape).double().numpy() * deviation + mean
    liquid = ndimage.gaussian_filter(noise, sigma, mode="nearest")
    liquid[liquid < threshold] = 0
    assert liquid.any(), "some water"
    for frame in film:
        depth = np.uint8(liquid * 255)
        shine = depth * water_relief(torch.from_numpy(depth)[None])[0].numpy().astype(float)
        wet = image.numpy() / 255 + np.array([175, 238, 238])[:, None, None] / 255 * (
            intensity * shine / max(shine.max(), 1)
        )
        difference = np.abs(frame.astype(int) - np.uint8(np.clip(wet, 0, 1) * 255 + 1e-6))
        assert (difference <= 1).mean() > 0.999 and (difference == 0).mean() > 0.98
        liquid = np.apply_along_axis(np.convolve, 0, liquid, flow, mode="same")


def test_where_no_drop_falls_the_image_stays():
    image = random_images(3, 2, 3)
    film, _ = made(image, "spatter", "imagenet")
    assert np.array_equal(film, np.broadcast_to(image.numpy(), film.shape))
