import numpy as np
import pytest
import torch
from scipy import ndimage

from robustness.corruptions import corrupt
from robustness.corruptions.draws import image_keys, uniforms
from robustness.corruptions.elastic import elastic_transform, inverse_affine
from robustness.corruptions.severities import PROFILES, SEVERITIES
from tests.robustness.corruptions.charts import chart, random_images, statistics

GOLDEN_224 = [  # one draw of the original
    (123.43, 86.26, 54.15),
    (120.96, 84.87, 51.80),
    (126.08, 87.30, 25.42),
    (126.03, 87.32, 27.29),
    (125.93, 87.27, 33.04),
]


def reference_warp(image, source, target):
    """Move three points (x, y) as OpenCV's warpAffine does: terms in 1/1024, places in 1/32 pixel."""
    height, width = image.shape[1:]
    corners = np.column_stack([target, np.ones(3)])
    to_x, to_y = np.linalg.solve(corners, source).T
    places = []
    for by_x, by_y, offset in (to_y, to_x):
        terms = np.rint(by_x * np.arange(width) * 1024) + np.rint((by_y * np.arange(height) + offset) * 1024)[:, None]
        places.append(np.floor((terms + 16) / 32) / 32)
    return sample(image, *places, "mirror")


def sample(image, y, x, border):
    return np.stack([ndimage.map_coordinates(plane, [y, x], order=1, mode=border) for plane in image])


def reference_elastic(image, constant, noise, fields):
    """The original's steps in double precision; noise (3, 2) and fields (2, H, W) uniform in (-1, 1)."""
    alpha, sigma, affine = constant
    height, width = image.shape[1:]
    centre, reach = np.array([width // 2, height // 2]), max(min(height, width) // 3, 1)
    points = np.array([centre + reach, [centre[0] + reach, centre[1] - reach], centre - reach])
    warped = reference_warp(image / 255.0, points, points + noise * affine)
    dx, dy = (ndimage.gaussian_filter(field, sigma, mode="reflect", truncate=3) * alpha for field in fields)
    y, x = np.mgrid[:height, :width]
    return np.clip(sample(warped, y + dy, x + dx, "reflect"), 0, 1) * 255


@pytest.mark.parametrize("shape", [(48, 48), (30, 52), (64, 9), (8, 8)], ids=str)
@pytest.mark.parametrize("profile", ["tiny", "cifar"])
def test_equals_the_reference_with_the_same_draws(profile, shape):
    images, keys = random_images(2, 3, *shape), image_keys(torch.arange(2), "test")
    noise = uniforms(keys, 6).double().mul(2).sub(1).view(-1, 3, 2).numpy()
    fields = uniforms(keys, 2 * shape[0] * shape[1], stream=1).double().mul(2).sub(1).view(-1, 2, *shape).numpy()
    for constant in SEVERITIES["elastic_transform"][profile]:
        ours = elastic_transform(images, constant, keys).numpy()
        for i, image in enumerate(images.numpy()):
            expected = reference_elastic(image, constant, noise[i], fields[i])
            error = ours[i] + 0.5 - expected  # truncation leaves -0.5..0.5
            assert np.abs(error).max() < 0.52
            assert (np.floor(expected) == ours[i]).mean() > 0.98


@pytest.mark.parametrize("severity", range(1, 6))
def test_equals_the_reference_at_224(severity):
    clean, keys = chart(224), image_keys(torch.tensor([severity]), "test")
    constant = SEVERITIES["elastic_transform"]["imagenet"][severity - 1]
    noise = uniforms(keys, 6).double().mul(2).sub(1).view(3, 2).numpy()
    fields = uniforms(keys, 2 * 224 * 224, stream=1).double().mul(2).sub(1).view(2, 224, 224).numpy()
    expected = reference_elastic(clean[0].numpy(), constant, noise, fields)
    error = np.abs(elastic_transform(clean, constant, keys)[0].numpy() + 0.5 - expected)
    assert error.max() < 0.6
    assert (error < 0.51).mean() > 0.999


@pytest.mark.parametrize("severity, golden", list(enumerate(GOLDEN_224, start=1)))
def test_has_the_golden_statistics(severity, golden):
    clean, draws = chart(224), 16
    result = corrupt(clean.expand(draws, -1, -1, -1), "elastic_transform", severity, seeds=torch.arange(draws))
    values = np.array([statistics(draw, clean[0]) for draw in result])
    # The golden values are one draw: as likely as any other of ours.
    assert (np.abs(golden - values.mean(0)) < 3.5 * values.std(0)).all()


@pytest.mark.parametrize("profile", PROFILES)
def test_a_constant_image_stays(profile):
    images = torch.tensor([0, 77, 255], dtype=torch.uint8).view(3, 1, 1, 1).repeat(1, 3, 40, 40)
    for severity in range(1, 6):
        result = corrupt(images, "elastic_transform", severity, seeds=torch.arange(3), profile=profile)
        assert torch.equal(result, images)


def test_without_displacement_the_image_stays():
    images = random_images(2, 3, 31, 20)
    assert torch.equal(elastic_transform(images, (0, 0, 0), image_keys(torch.arange(2), "test")), images)


POINTS = torch.tensor([[27.0, 36], [27, 14], [5, 14]], dtype=torch.float64)  # about the middle of 33 x 50


def test_affine_maps_lead_moved_points_back():
    noise = torch.rand(4, 3, 2, generator=torch.Generator().manual_seed(0), dtype=torch.float64) * 8 - 4
    moved = torch.cat([POINTS + noise, torch.ones(4, 3, 1, dtype=torch.float64)], 2)
    assert (moved @ inverse_affine(noise, 50, 33).transpose(1, 2) - POINTS).abs().max() < 1e-9


def test_a_singular_map_still_has_numbers():
    to_one_place = torch.tensor([16.0, 25], dtype=torch.float64) - POINTS
    assert inverse_affine(to_one_place[None], 50, 33).isfinite().all()
