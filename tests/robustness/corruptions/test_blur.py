import numpy as np
import pytest
import torch
from scipy import ndimage

from robustness.corruptions import corrupt
from robustness.corruptions.blur import cache_sized, defocus_blur, gaussian_blur, gaussian_filter, mirrored_places
from robustness.corruptions.severities import PROFILES, SEVERITIES
from tests.robustness.corruptions.charts import chart, random_images, statistics

GOLDEN_224 = {
    "defocus_blur": [
        (126.63, 73.70, 22.74),
        (126.63, 67.96, 28.75),
        (126.63, 61.21, 38.40),
        (128.30, 61.25, 45.20),
        (128.06, 61.09, 46.17),
    ],
    "gaussian_blur": [
        (126.72, 81.26, 13.89),
        (126.72, 69.25, 26.30),
        (126.71, 62.68, 34.84),
        (126.71, 60.69, 39.83),
        (126.72, 60.20, 42.58),
    ],
}
GOLDEN_32 = {1: (126.99, 94.56, 1.44), 5: (127.04, 86.88, 10.32)}  # defocus blur
SIDES = {"imagenet": 224, "tiny": 64, "cifar": 32}
SHAPES = [(8, 8), (1, 40), (40, 1), (1, 1), (20, 33), (2, 3)]


@pytest.mark.parametrize("severity", range(1, 6))
@pytest.mark.parametrize("name", GOLDEN_224)
def test_golden_statistics_at_224(name, severity):
    result = corrupt(chart(224), name, severity, seeds=torch.tensor([0]))
    assert statistics(result, chart(224)) == pytest.approx(GOLDEN_224[name][severity - 1], abs=0.03)


@pytest.mark.parametrize("severity, golden", GOLDEN_32.items())
def test_golden_statistics_of_defocus_blur_at_32(severity, golden):
    result = corrupt(chart(32), "defocus_blur", severity, seeds=torch.tensor([0]), profile="cifar")
    assert statistics(result, chart(32)) == pytest.approx(golden, abs=0.03)


def reference_gaussian_blur(image, sigma):
    pixels = image / 255.0
    blurred = np.stack([ndimage.gaussian_filter(band, sigma, mode="nearest", truncate=4) for band in pixels])
    return np.uint8(np.clip(blurred, 0, 1) * 255)


def reference_disc(radius, sigma):
    """The kernel in double precision, from its definition."""
    reach, width = (8, 1) if radius <= 8 else (int(radius), 2)
    y, x = np.mgrid[-reach : reach + 1, -reach : reach + 1]
    disc = (x**2 + y**2 <= radius**2).astype(float)
    offsets = np.arange(-width, width + 1)
    gaussian = np.exp(-(offsets**2) / (2 * sigma**2))
    for axis in (0, 1):
        disc = ndimage.correlate1d(disc, gaussian / gaussian.sum(), axis, mode="mirror")
    return disc / (x**2 + y**2 <= radius**2).sum()


def reference_defocus_blur(image, constant):
    kernel = reference_disc(*constant)
    blurred = np.stack([ndimage.correlate(band, kernel, mode="mirror") for band in image / 255.0])
    return np.uint8(np.clip(blurred, 0, 1) * 255)


REFERENCES = {"defocus_blur": reference_defocus_blur, "gaussian_blur": reference_gaussian_blur}


def check(name, profile, severity, image):
    ours = corrupt(image[None], name, severity, seeds=torch.tensor([0]), profile=profile)[0].numpy()
    expected = REFERENCES[name](image.numpy(), SEVERITIES[name][profile][severity - 1])
    difference = np.abs(ours.astype(int) - expected)
    assert difference.max() <= 1  # truncation feels the last bit of a sum


@pytest.mark.parametrize("severity", range(1, 6))
@pytest.mark.parametrize("profile", PROFILES)
@pytest.mark.parametrize("name", REFERENCES)
def test_equals_the_plain_reference_at_the_size_of_the_profile(name, profile, severity):
    side = SIDES[profile]
    noise = random_images(3, side, side, seed=severity)
    noise[:, : side // 3] = 255  # a burnt-out sky, and a smooth ground
    noise[:, -side // 3 :] = chart(side)[0, :, -side // 3 :]
    # Whole numbers, which the disc's sums often are, survive or not by the last bit: by at most one level.
    check(name, profile, severity, noise)


@pytest.mark.parametrize("shape", SHAPES, ids=str)
@pytest.mark.parametrize("profile", PROFILES)
@pytest.mark.parametrize("name", REFERENCES)
def test_equals_the_plain_reference_where_the_kernel_is_larger_than_the_image(name, profile, shape):
    for severity in (1, 4, 5):
        check(name, profile, severity, random_images(3, *shape, seed=severity))


@pytest.mark.parametrize("severity, kept", [(1, 254), (2, 254), (3, 254), (4, 255), (5, 255)])
def test_defocus_blur_rounds_flat_parts_down_where_the_original_does(severity, kept):
    # The original's single precision leaves the sum of the first three kernels 10^-9 below 1.
    white = torch.full((1, 3, 30, 30), 255, dtype=torch.uint8)
    assert corrupt(white, "defocus_blur", severity, seeds=torch.tensor([0])).unique().tolist() == [kept]


def test_defocus_blur_brightens_in_the_last_two_severities():
    grey = torch.full((1, 3, 30, 30), 200, dtype=torch.uint8)
    levels = [int(corrupt(grey, "defocus_blur", s, seeds=torch.tensor([0])).unique()) for s in range(1, 6)]
    assert levels == [199, 199, 199, int(200 * 1.01298), int(200 * 1.01079)]


@pytest.mark.parametrize("level", [0, 1, 128, 255])
def test_gaussian_blur_keeps_flat_images(level):
    images = torch.full((1, 3, 40, 50), level, dtype=torch.uint8)
    for sigma in (0.05, 0.4, 1, 6):
        assert torch.equal(gaussian_blur(images, sigma, torch.tensor([0])), images)


def test_gaussian_filter_is_exact_to_the_weights_and_the_same_in_any_batch():
    images = random_images(3, 2, 45, 70)
    ours = gaussian_filter(images, 2.3)
    plain = [[ndimage.gaussian_filter(b.double().numpy(), 2.3, mode="nearest") for b in image] for image in images]
    assert ours.numpy() == pytest.approx(np.array(plain), abs=2e-4)
    assert torch.equal(torch.cat([gaussian_filter(image[None], 2.3) for image in images]), ours)
    assert ours.mul(2.0**44).frac().abs().max() == 0


def test_batches_on_a_cpu_are_worked_off_image_by_image():
    assert [len(part) for part in cache_sized(random_images(3, 3, 4, 4))] == [1, 1, 1]


def test_blurs_of_all_images_at_once_are_the_same():
    # As on a GPU, which gets the whole batch.
    images = random_images(3, 3, 30, 20)
    whole = gaussian_filter(images, 1.5).floor().to(torch.uint8)
    assert torch.equal(whole, gaussian_blur(images, 1.5, torch.arange(3)))
    assert defocus_blur(images, (4, 0.5), torch.arange(3)).shape == images.shape


@pytest.mark.parametrize("size, margin", [(1, 3), (2, 5), (7, 3), (4, 20)])
def test_mirrors_stand_at_the_centres_of_border_pixels(size, margin):
    assert mirrored_places(size, margin).tolist() == np.pad(np.arange(size), margin, mode="reflect").tolist()
