import math

import numpy as np
import pytest
import torch
from scipy import ndimage

from robustness.corruptions import corrupt
from robustness.corruptions.severities import PROFILES, SEVERITIES
from robustness.corruptions.zoom import zoom_blur, zoom_factors
from tests.robustness.corruptions.charts import chart, random_images, statistics

GOLDEN_224 = [
    (126.48, 71.75, 31.12),
    (126.42, 68.43, 34.78),
    (126.45, 65.56, 35.66),
    (126.45, 63.80, 37.70),
    (126.38, 61.72, 38.70),
]
GOLDEN_32 = {1: (124.42, 89.67, 9.30), 5: (124.22, 83.68, 17.66)}
# The number of zoom factors, and the last one, as the original has them.
FACTORS = {
    "imagenet": [(12, 1.11), (16, 1.15), (11, 1.20), (13, 1.24), (11, 1.30)],
    "tiny": [(7, 1.06), (12, 1.11), (16, 1.15), (21, 1.20), (26, 1.25)],
    "cifar": [(7, 1.06), (12, 1.11), (16, 1.15), (21, 1.20), (26, 1.25)],
}
SIDES = {"imagenet": 224, "tiny": 64, "cifar": 32}


@pytest.mark.parametrize("severity, golden", list(enumerate(GOLDEN_224, start=1)))
def test_golden_statistics_at_224(severity, golden):
    result = corrupt(chart(224), "zoom_blur", severity, seeds=torch.tensor([0]))
    assert statistics(result, chart(224)) == pytest.approx(golden, abs=0.03)


@pytest.mark.parametrize("severity, golden", GOLDEN_32.items())
def test_golden_statistics_at_32(severity, golden):
    result = corrupt(chart(32), "zoom_blur", severity, seeds=torch.tensor([0]), profile="cifar")
    assert statistics(result, chart(32)) == pytest.approx(golden, abs=0.03)


@pytest.mark.parametrize("profile", PROFILES)
@pytest.mark.parametrize("severity", range(1, 6))
def test_factors_are_those_of_the_original(profile, severity):
    factors = (1.0, *zoom_factors(*SEVERITIES["zoom_blur"][profile][severity - 1]))
    count, last = FACTORS[profile][severity - 1]
    assert len(factors) == count
    assert factors[-1] == pytest.approx(last)


def enlarge(photo, factor):
    """The centre of an enlarged (H, W, 3) photo."""
    crops = [math.ceil(side / factor) for side in photo.shape[:2]]
    (top, left) = ((side - crop) // 2 for side, crop in zip(photo.shape[:2], crops, strict=True))
    crop = photo[top : top + crops[0], left : left + crops[1]]
    large = ndimage.zoom(crop, (factor, factor, 1), order=1)
    top, left = ((after - before) // 2 for after, before in zip(large.shape[:2], photo.shape[:2], strict=True))
    return large[top : top + photo.shape[0], left : left + photo.shape[1]]


def reference_zoom_blur(image, constant):
    photo = np.moveaxis(image, 0, 2) / 255.0
    factors = np.arange(1, *constant)
    mean = (photo + sum(enlarge(photo, factor) for factor in factors)) / (len(factors) + 1)
    return np.moveaxis(np.uint8(np.clip(mean, 0, 1) * 255), 2, 0)


def check(image, profile, severity):
    ours = corrupt(image[None], "zoom_blur", severity, seeds=torch.tensor([0]), profile=profile)[0].numpy()
    expected = reference_zoom_blur(image.numpy(), SEVERITIES["zoom_blur"][profile][severity - 1])
    difference = np.abs(ours.astype(int) - expected)
    assert difference.max() <= 1  # truncation feels the last bit of a sum
    # Where the factors meet in one pixel, the mean is often a whole number.
    assert (difference == 0).mean() > 0.995 or difference.size < 1000


@pytest.mark.parametrize("profile", PROFILES)
@pytest.mark.parametrize("severity", range(1, 6))
def test_equals_the_plain_reference_at_the_size_of_the_profile(profile, severity):
    check(random_images(3, SIDES[profile], SIDES[profile], seed=severity), profile, severity)


@pytest.mark.parametrize("shape", [(8, 8), (1, 40), (40, 1), (1, 1), (20, 33), (2, 3), (97, 51)], ids=str)
@pytest.mark.parametrize("profile", PROFILES)
def test_equals_the_plain_reference_at_other_sizes(profile, shape):
    for severity in range(1, 6):
        check(random_images(3, *shape, seed=severity), profile, severity)


@pytest.mark.parametrize("level", range(0, 256, 15))
def test_flat_images_stay(level):
    images = torch.full((1, 3, 50, 40), level, dtype=torch.uint8)
    for constant in SEVERITIES["zoom_blur"]["imagenet"]:
        assert torch.equal(zoom_blur(images, constant, torch.tensor([0])), images)


def test_images_of_a_batch_are_the_same_alone():
    images, key = random_images(3, 3, 30, 41), torch.tensor([0])
    together = zoom_blur(images, (1.31, 0.03), key.expand(3))
    assert torch.equal(together, torch.cat([zoom_blur(image[None], (1.31, 0.03), key) for image in images]))
