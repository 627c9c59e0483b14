import math

import numpy as np
import pytest
import torch

from robustness.corruptions import corrupt
from robustness.corruptions.draws import image_keys
from robustness.corruptions.fog import covering_side, fog, plasma
from robustness.corruptions.severities import PROFILES, SEVERITIES
from tests.robustness.corruptions.charts import chart, random_images, statistics

GOLDEN_224 = {1: (126.89, 42.37, 55.54), 5: (130.89, 38.52, 70.64)}  # one draw of the original


def reference_plasma(side, decay, draw):
    """Diamond-square point by point; ``draw()`` is uniform in (-1, 1)."""
    heights = np.zeros((side, side))
    step, wibble = side, 100.0
    while step >= 2:
        half = step // 2
        for y in range(half, side, step):
            for x in range(half, side, step):
                corners = [heights[y - half, x - half], heights[y - half, (x + half) % side]]
                corners += [heights[(y + half) % side, x - half], heights[(y + half) % side, (x + half) % side]]
                heights[y, x] = sum(corners) / 4 + wibble**2 * draw()
        for first_y, first_x in ((0, half), (half, 0)):
            for y in range(first_y, side, step):
                for x in range(first_x, side, step):
                    ring = [heights[y - half, x], heights[(y + half) % side, x]]
                    ring += [heights[y, x - half], heights[y, (x + half) % side]]
                    heights[y, x] = sum(ring) / 4 + wibble**2 * draw()
        step, wibble = half, wibble / decay
    return (heights - heights.min()) / (heights.max() - heights.min())


def reference_fog(image, strength, cloud):
    """On the unit interval in double precision; (3, H, W) uint8 in and out."""
    pixels = image / 255.0
    foggy = (pixels + strength * cloud) * pixels.max() / (pixels.max() + strength)
    return np.uint8(np.clip(foggy, 0, 1) * 255)


def steps(planes, distance):
    """Root mean square difference between points so many pixels apart, per map."""
    return ((planes[:, distance:] - planes[:, :-distance]) ** 2).mean(axis=(1, 2)) ** 0.5


@pytest.mark.parametrize("decay", [1.4, 2, 3])
def test_plasma_equals_the_reference_in_distribution(decay):
    rng, count = np.random.default_rng(0), 120
    ours = plasma(image_keys(torch.arange(count), "test"), 32, decay).numpy()
    plain = np.stack([reference_plasma(32, decay, lambda: rng.uniform(-1, 1)) for _ in range(count)])
    for statistic in (
        lambda planes: planes.mean((1, 2)),
        lambda planes: planes.std((1, 2)),
        lambda planes: steps(planes, 1),
        lambda planes: steps(planes, 4),
        lambda planes: steps(planes, 16),
        lambda planes: steps(planes.transpose(0, 2, 1), 1),
    ):
        first, second = statistic(ours), statistic(plain)
        error = math.hypot(first.std(), second.std()) / count**0.5
        assert abs(first.mean() - second.mean()) < 4.5 * error


@pytest.mark.parametrize("side", [2, 4, 16])
def test_plasma_equals_the_reference_with_the_same_draws(side, monkeypatch):
    flat = np.random.default_rng(1).uniform(-1, 1, side * side).astype(np.float32)
    # The reference asks point by point in the order of the rounds, ours takes the same order in one block.
    monkeypatch.setattr("robustness.corruptions.fog._signed_uniforms", lambda keys, count: torch.tensor(flat)[None])
    ours = plasma(torch.tensor([0]), side, 1.7)[0].numpy()
    assert np.abs(ours - reference_plasma(side, 1.7, iter(flat.tolist()).__next__)).max() < 1e-5


def test_plasma_reaches_both_ends_and_wraps_around():
    planes = plasma(image_keys(torch.arange(40), "test"), 64, 2.0)
    assert planes.amin((1, 2)).eq(0).all()
    assert planes.amax((1, 2)).eq(1).all()
    seam = (planes[:, 0] - planes[:, -1]).abs().mean()
    inside = (planes[:, 1:] - planes[:, :-1]).abs().mean()
    assert seam.item() == pytest.approx(inside.item(), rel=0.2)


@pytest.mark.parametrize("shape, side", [((224, 224), 256), ((64, 64), 64), ((32, 32), 32), ((1, 33), 64), ((1, 1), 2)])
def test_the_cloud_is_the_smallest_power_of_two_that_covers_the_image(shape, side):
    assert covering_side(*shape) == side


@pytest.mark.parametrize("profile", PROFILES)
def test_profiles_name_the_side_that_follows_from_their_size(profile):
    size = {"imagenet": 224, "tiny": 64, "cifar": 32}[profile]
    assert {constant[2] for constant in SEVERITIES["fog"][profile]} == {covering_side(size, size)}


@pytest.mark.parametrize("shape", [(32, 32), (20, 48), (1, 30), (8, 8)], ids=str)
@pytest.mark.parametrize("profile", PROFILES)
def test_fog_equals_the_formula_on_its_own_cloud(profile, shape):
    images, keys = random_images(2, 3, *shape), image_keys(torch.arange(2), "test")
    for constant in SEVERITIES["fog"][profile]:
        ours = fog(images, constant, keys).numpy()
        clouds = plasma(keys, covering_side(*shape), constant[1])[:, : shape[0], : shape[1]].double().numpy()
        for image, cloud, result in zip(images.numpy(), clouds, ours, strict=True):
            difference = np.abs(result.astype(int) - reference_fog(image, constant[0], cloud))
            assert difference.max() <= 1
            assert (difference == 0).mean() > 0.99


@pytest.mark.parametrize("severity", GOLDEN_224)
def test_fog_has_the_golden_statistics(severity):
    clean, draws = chart(224), 48
    foggy = corrupt(clean.expand(draws, -1, -1, -1), "fog", severity, seeds=torch.arange(draws))
    values = np.array([statistics(draw, clean[0]) for draw in foggy])
    # The golden values are one draw: as likely as any other of ours.
    assert (np.abs(GOLDEN_224[severity] - values.mean(0)) < 3 * values.std(0)).all()


def test_fog_keeps_black_black_and_differs_between_seeds():
    black = torch.zeros(2, 3, 16, 16, dtype=torch.uint8)
    assert corrupt(black, "fog", 5, seeds=torch.arange(2)).max() == 0
    foggy = corrupt(black + 200, "fog", 3, seeds=torch.arange(2))
    assert not torch.equal(foggy[0], foggy[1])
    assert torch.equal(foggy[:, 0], foggy[:, 1])  # one cloud for all channels of a grey image
