import numpy as np
import pytest
import torch
from scipy import ndimage

from robustness.corruptions import corrupt
from robustness.corruptions.draws import image_keys, words
from robustness.corruptions.glass import glass_blur, glass_origins
from robustness.corruptions.severities import PROFILES, SEVERITIES
from tests.robustness.corruptions.charts import chart, random_images, statistics

SHAPES = [(32, 32), (20, 33), (41, 12), (8, 8), (1, 30), (30, 1), (1, 1)]
# (side, severity): one draw of the original, and what three statistics vary by between its draws.
GOLDEN = {
    (224, 1): ((125.50, 79.24, 22.95), (0.1, 0.05, 0.1)),
    (224, 5): ((124.85, 62.68, 42.11), (0.35, 0.05, 0.1)),
    (32, 1): ((124.99, 96.06, 9.84), (0.5, 0.05, 0.6)),
    (32, 5): ((120.84, 91.86, 20.52), (0.7, 0.2, 0.8)),
}


@pytest.mark.parametrize("place", GOLDEN, ids=str)
def test_golden_statistics(place):
    side, severity = place
    golden, spread = GOLDEN[place]
    clean, count = chart(side), 6
    profile = "imagenet" if side == 224 else "cifar"
    results = corrupt(
        clean.expand(count, -1, -1, -1), "glass_blur", severity, seeds=torch.arange(count), profile=profile
    )
    mean = np.mean([statistics(result, clean[0]) for result in results], axis=0)
    assert (np.abs(mean - golden) < 3 * np.array(spread)).all()


def displacements(key, height, width, reach, iteration):
    """(H, W) dx and dy from the two halves of a random word, in unsigned integers."""
    size = height * width
    drawn = words(key.view(1), (iteration + 1) * size)[0, iteration * size :].long().numpy() % 2**32
    low, high = drawn % 2**16, (drawn // 2**16 + 2**15) % 2**16
    return ((half * 2 * reach // 2**16 - reach).reshape(height, width) for half in (low, high))


def sequential(content, key, reach, iterations):
    """The loop of the original on (H, W, ...) content; it changes its argument."""
    height, width = content.shape[:2]
    for iteration in range(iterations):
        dx, dy = displacements(key, height, width, reach, iteration)
        for y in range(height - reach, reach, -1):
            for x in range(width - reach, reach, -1):
                content[y, x] = content[y + dy[y, x], x + dx[y, x]]
    return content


@pytest.mark.parametrize("shape", SHAPES, ids=str)
@pytest.mark.parametrize("reach, iterations", [(1, 2), (2, 3), (4, 2), (3, 1)])
def test_origins_equal_the_sequential_loop(shape, reach, iterations):
    keys = image_keys(torch.arange(3), "test")
    origins = glass_origins(keys, *shape, reach, iterations)
    for key, ours in zip(keys, origins.numpy(), strict=True):
        places = np.arange(shape[0] * shape[1]).reshape(shape)
        assert (sequential(places, key, reach, iterations).ravel() == ours).all()


def test_origins_equal_the_sequential_loop_at_224():
    key = image_keys(torch.tensor([11]), "test")
    places = sequential(np.arange(224 * 224).reshape(224, 224), key, 2, 2)
    assert (glass_origins(key, 224, 224, 2, 2)[0].numpy() == places.ravel()).all()


def reference_glass_blur(image, constant, key):
    sigma, reach, iterations = constant

    def blur(bands):
        return np.stack([ndimage.gaussian_filter(band, sigma, mode="nearest", truncate=4) for band in bands])

    photo = np.moveaxis(np.uint8(blur(image / 255.0) * 255), 0, 2).copy()
    displaced = np.moveaxis(sequential(photo, key, reach, iterations), 2, 0)
    return np.uint8(np.clip(blur(displaced / 255.0), 0, 1) * 255)


@pytest.mark.parametrize("profile", PROFILES)
@pytest.mark.parametrize("severity", range(1, 6))
def test_equals_the_plain_reference(profile, severity):
    image, seeds = random_images(3, 48, 40), torch.tensor([6])
    ours = corrupt(image[None], "glass_blur", severity, seeds=seeds, profile=profile)[0].numpy()
    key = image_keys(seeds, f"glass_blur/{severity}/{profile}")
    expected = reference_glass_blur(image.numpy(), SEVERITIES["glass_blur"][profile][severity - 1], key)
    difference = np.abs(ours.astype(int) - expected)
    assert difference.max() <= 1  # the two Gaussian filters truncate
    assert (difference == 0).mean() > 0.98


@pytest.mark.parametrize("reach", [1, 3, 4])
def test_displacements_stop_short_of_reach_on_one_side(reach):
    keys, side = image_keys(torch.arange(200), "test"), 30
    origins = glass_origins(keys, side, side, reach, 1).long()
    # The last pixel inside the margin is the first to be displaced, so that it shows the draw itself.
    last = origins[:, (side - reach) * side + side - reach]
    for position in (last // side, last % side):
        offset = position - (side - reach)
        assert sorted(offset.unique().tolist()) == list(range(-reach, reach))


def test_margins_stay():
    origins = glass_origins(image_keys(torch.arange(4), "test"), 20, 24, 3, 2).view(4, 20, 24)
    places = torch.arange(20 * 24, dtype=torch.int32).view(20, 24).expand(4, -1, -1)
    assert torch.equal(origins[:, :4], places[:, :4])
    assert torch.equal(origins[:, :, :4], places[:, :, :4])
    assert torch.equal(origins[:, 18:], places[:, 18:])
    assert torch.equal(origins[:, :, 22:], places[:, :, 22:])


def test_many_images_at_once_equal_single_ones():
    keys = image_keys(torch.arange(5), "test")
    together = glass_origins(keys, 25, 30, 2, 3)
    assert torch.equal(together, torch.cat([glass_origins(key.view(1), 25, 30, 2, 3) for key in keys]))


def test_channels_move_together():
    images = random_images(1, 1, 30, 30).expand(-1, 3, -1, -1)
    result = glass_blur(images, (1, 2, 3), torch.tensor([9]))
    assert torch.equal(result[:, 0], result[:, 1])
    assert torch.equal(result[:, 0], result[:, 2])
