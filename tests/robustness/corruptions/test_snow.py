import math

import numpy as np
import pytest
import torch
from scipy import ndimage

from robustness.corruptions import corrupt
from robustness.corruptions.draws import image_keys, normals, uniforms
from robustness.corruptions.severities import PROFILES, SEVERITIES
from robustness.corruptions.snow import enlarge, snow
from robustness.corruptions.zoom import crop_side
from tests.robustness.corruptions.charts import random_images


def reference_flakes(rng_normal, shape, mean, deviation, zoom, threshold):
    """The original's layer before the motion: ``rng_normal(rows, columns)`` draws what the zoom shows."""
    parts = [math.ceil(side / zoom) for side in shape]
    layer = ndimage.zoom(mean + deviation * rng_normal(*parts), zoom, order=1)
    trims = [(full - side) // 2 for full, side in zip(layer.shape, shape, strict=True)]
    layer = layer[trims[0] : trims[0] + shape[0], trims[1] : trims[1] + shape[1]]
    layer[layer < threshold] = 0
    return np.uint8(np.clip(layer, 0, 1) * 255)


def reference_motion(layer, radius, sigma, angle):
    """ImageMagick's motion blur, step by step along the line."""
    height, width = layer.shape
    weights = [math.exp(-(i**2) / (2 * sigma**2)) for i in range(2 * radius + 1)]
    total = np.zeros(layer.shape)
    for i, weight in enumerate(weights):
        rows = np.clip(np.arange(height) + math.ceil(i * math.sin(angle) - 0.5), 0, height - 1)
        columns = np.clip(np.arange(width) + math.ceil(i * math.cos(angle) - 0.5), 0, width - 1)
        total += weight / sum(weights) * layer[np.ix_(rows, columns)]
    return np.floor(total + 1e-6)


def reference_snow(image, keep, layer):
    """In double precision, 0..255, before truncation; (3, H, W) in and out."""
    pixels = image / 255.0
    grey = 0.299 * pixels[0] + 0.587 * pixels[1] + 0.114 * pixels[2]
    white = keep * pixels + (1 - keep) * np.maximum(pixels, 1.5 * grey + 0.5)
    return np.clip(white + layer / 255 + np.rot90(layer, 2) / 255, 0, 1) * 255


@pytest.mark.parametrize("zoom", [1, 1.25, 1.75, 2, 2.25, 2.5, 3, 4, 4.5])
@pytest.mark.parametrize("side", [224, 64, 32, 9, 2, 1])
def test_enlarge_equals_scipy(zoom, side):
    rng, part = np.random.default_rng(0), crop_side(side, zoom)
    noise = rng.normal(size=(part, 5))
    full = ndimage.zoom(noise, (zoom, 1), order=1)
    trim = (len(full) - side) // 2
    assert np.abs(enlarge(torch.tensor(noise)[None], side, zoom)[0].numpy() - full[trim : trim + side]).max() < 1e-9


@pytest.mark.parametrize("shape", [(64, 64), (24, 51), (8, 8), (1, 30)], ids=str)
@pytest.mark.parametrize("profile", PROFILES)
def test_equals_the_reference_with_the_same_draws(profile, shape):
    images, keys = random_images(2, 3, *shape), image_keys(torch.arange(2), "test")
    angles = uniforms(keys, 1, stream=1).double().mul(90).sub(135).deg2rad()[:, 0].tolist()
    for constant in SEVERITIES["snow"][profile]:
        *noise, radius, sigma, keep = constant
        ours = snow(images, constant, keys).numpy()
        for i, image in enumerate(images.numpy()):

            def draw(rows, columns, key=keys[i : i + 1]):
                return normals(key, rows * columns).double().view(rows, columns).numpy()

            layer = reference_motion(reference_flakes(draw, shape, *noise), radius, sigma, angles[i])
            expected = reference_snow(image, keep, layer)
            difference = np.abs(ours[i] - np.floor(expected + 1e-6))
            assert difference.max() <= 1
            assert (difference == 0).mean() > 0.98


@pytest.mark.parametrize("severity", [1, 3])
def test_equals_the_reference_in_distribution(severity):
    rng, draws = np.random.default_rng(severity), 40
    *noise, radius, sigma, keep = SEVERITIES["snow"]["tiny"][severity - 1]
    image = np.full((3, 64, 64), 90, np.uint8)
    plain = []
    for _ in range(draws):
        layer = reference_flakes(lambda *shape: rng.normal(size=shape), (64, 64), *noise)
        angle = math.radians(rng.uniform(-135, -45))
        plain.append(np.floor(reference_snow(image, keep, reference_motion(layer, radius, sigma, angle)))[0])
    images = torch.from_numpy(image).expand(draws, -1, -1, -1)
    ours = corrupt(images, "snow", severity, seeds=torch.arange(draws), profile="tiny")[:, 0].double().numpy()
    for statistic in (
        lambda planes: planes.mean((1, 2)),
        lambda planes: planes.std((1, 2)),
        lambda planes: np.abs(np.diff(planes, axis=1)).mean((1, 2)),
        lambda planes: np.abs(np.diff(planes, axis=2)).mean((1, 2)),
    ):
        first, second = statistic(ours), statistic(np.stack(plain))
        error = math.hypot(first.std(), second.std()) / draws**0.5
        assert abs(first.mean() - second.mean()) < 4.5 * error


def test_snow_on_black_turns_by_180_degrees_into_itself():
    snowy = corrupt(torch.zeros(2, 3, 40, 40, dtype=torch.uint8), "snow", 2, seeds=torch.arange(2))
    assert torch.equal(snowy, snowy.flip(2, 3))
    assert not torch.equal(snowy[0], snowy[1])


def test_snow_whitens():
    images = random_images(4, 3, 50, 50)
    for severity in range(1, 6):
        assert (corrupt(images, "snow", severity, seeds=torch.arange(4)) >= images).double().mean() > 0.999
