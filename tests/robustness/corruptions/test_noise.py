import numpy as np
import pytest
import torch
from scipy import stats

from robustness.corruptions import corrupt
from robustness.corruptions.draws import image_keys
from robustness.corruptions.noise import (
    gaussian_noise,
    impulse_noise,
    shot_noise,
    shot_table,
    speckle_noise,
)
from robustness.corruptions.severities import PROFILES, SEVERITIES
from tests.robustness.corruptions.charts import chart, statistics


def reference_gaussian_noise(image, sigma, rng):
    """In numpy, on the unit interval in double precision, as all references here."""
    noisy = image / 255.0 + rng.normal(size=image.shape, scale=sigma)
    return np.uint8(np.clip(noisy, 0, 1) * 255)


def reference_shot_noise(image, photons, rng):
    return np.uint8(np.clip(rng.poisson(image / 255.0 * photons) / float(photons), 0, 1) * 255)


def reference_impulse_noise(image, amount, rng):
    flipped, salted = rng.uniform(size=image.shape) <= amount, rng.uniform(size=image.shape) <= 0.5
    return np.where(flipped, np.where(salted, 255, 0), image).astype(np.uint8)


def reference_speckle_noise(image, sigma, rng):
    pixels = image / 255.0
    return np.uint8(np.clip(pixels + pixels * rng.normal(size=image.shape, scale=sigma), 0, 1) * 255)


REFERENCES = {
    "gaussian_noise": reference_gaussian_noise,
    "shot_noise": reference_shot_noise,
    "impulse_noise": reference_impulse_noise,
    "speckle_noise": reference_speckle_noise,
}
GOLDEN = {
    ("gaussian_noise", 1): (126.88, 92.53, 12.93),
    ("gaussian_noise", 5): (127.28, 95.70, 51.79),
    ("shot_noise", 1): (123.99, 93.47, 13.25),
    ("shot_noise", 5): (107.54, 102.64, 51.65),
    ("speckle_noise", 1): (123.59, 92.84, 11.88),
    ("speckle_noise", 5): (110.42, 97.46, 40.84),
}


@pytest.mark.parametrize("condition", [(name, severity) for name in REFERENCES for severity in (1, 5)], ids=str)
def test_statistics_are_golden_and_those_of_the_reference(condition):
    (name, severity), clean, rng = condition, chart(224), np.random.default_rng(0)
    ours = corrupt(clean.expand(8, -1, -1, -1), name, severity, seeds=torch.arange(8))
    constant = SEVERITIES[name]["imagenet"][severity - 1]
    plain = [torch.from_numpy(REFERENCES[name](clean[0].numpy(), constant, rng)) for _ in range(8)]
    mean_of_ours, mean_of_plain = (
        np.mean([statistics(draw, clean[0]) for draw in draws], axis=0) for draws in (ours, plain)
    )
    assert mean_of_ours == pytest.approx(mean_of_plain, abs=0.25)
    if condition in GOLDEN:
        # The golden values are one draw: the standard error of their mean is 0.2 at severity 5.
        assert mean_of_ours == pytest.approx(GOLDEN[condition], abs=0.6)


@pytest.mark.parametrize("profile", PROFILES)
@pytest.mark.parametrize("severity", [1, 3, 5])
def test_gaussian_noise_equals_the_formula_in_distribution(profile, severity):
    sigma = SEVERITIES["gaussian_noise"][profile][severity - 1]
    level = 100
    images = torch.full((4, 3, 96, 96), level, dtype=torch.uint8)
    ours = corrupt(images, "gaussian_noise", severity, seeds=torch.arange(4), profile=profile).numpy()
    # P(result <= k) = P(floor(level + 255 sigma N) <= k) = P(N < (k + 1 - level) / (255 sigma))
    below = stats.norm.cdf((np.arange(255) + 1 - level) / (255 * sigma))
    probability = np.diff(np.concatenate([[0], below, [1]]))
    expected = np.arange(256) @ probability
    spread = np.sqrt((np.arange(256) - expected) ** 2 @ probability)
    assert abs(ours.mean() - expected) < 4.5 * spread / ours.size**0.5
    assert ours.std() == pytest.approx(spread, rel=0.01)
    counts = np.bincount(ours.ravel(), minlength=256)
    assert np.abs(counts.cumsum() / ours.size - probability.cumsum()).max() < 2 / ours.size**0.5


def shot_probability(level, photons):
    """Of each 8-bit result, from scipy."""
    counts = np.arange(photons)
    probability = np.zeros(256)
    results = np.uint8(np.clip(counts / float(photons), 0, 1) * 255)
    np.add.at(probability, results, stats.poisson.pmf(counts, level / 255 * photons))
    probability[255] += stats.poisson.sf(photons - 1, level / 255 * photons)
    return probability


@pytest.mark.parametrize("profile", PROFILES)
@pytest.mark.parametrize("severity", [1, 3, 5])
@pytest.mark.parametrize("level", [1, 100, 254])
def test_shot_noise_equals_poisson_in_distribution(level, severity, profile):
    images = torch.full((4, 3, 96, 96), level, dtype=torch.uint8)
    ours = corrupt(images, "shot_noise", severity, seeds=torch.arange(4), profile=profile).numpy()
    probability = shot_probability(level, SEVERITIES["shot_noise"][profile][severity - 1])
    counts = np.bincount(ours.ravel(), minlength=256)
    assert np.abs(counts.cumsum() / ours.size - probability.cumsum()).max() < 2 / ours.size**0.5
    common = probability * ours.size > 10
    deviation = (counts - probability * ours.size)[common] / np.sqrt(probability * ours.size)[common]
    assert np.abs(deviation).max() < 5


@pytest.mark.parametrize("photons", [3, 60, 500])
def test_shot_table_holds_the_distribution_to_the_last_of_16_bits(photons):
    cells = shot_table(photons).view(256, 256).long()
    share, other = (cells >> 8) + 128, cells & 255
    units = share.scatter_add(1, other, 256 - share)
    assert (units.sum(1) == 65536).all()
    for level in range(256):
        error = units[level].cumsum(0).numpy() / 65536 - shot_probability(level, photons).cumsum()
        assert np.abs(error).max() < 0.51 / 65536


@pytest.mark.parametrize("profile", PROFILES)
@pytest.mark.parametrize("severity", [1, 5])
def test_impulse_noise_replaces_the_right_share_with_black_and_white(profile, severity):
    amount = SEVERITIES["impulse_noise"][profile][severity - 1]
    images = torch.full((8, 3, 96, 97), 77, dtype=torch.uint8)
    ours = corrupt(images, "impulse_noise", severity, seeds=torch.arange(8), profile=profile)
    assert set(ours.unique().tolist()) == {0, 77, 255}
    for level in (0, 255):
        hits = (ours == level).sum().item()
        spread = (ours.numel() * amount / 2) ** 0.5
        assert abs(hits - ours.numel() * amount / 2) < 4.5 * spread


def test_speckle_noise_is_gaussian_and_grows_with_the_level():
    images = torch.arange(256, dtype=torch.uint8).view(1, 1, 256, 1).expand(4, 3, 256, 300)
    ours = corrupt(images, "speckle_noise", 1, seeds=torch.arange(4)).double()
    assert (ours[:, :, 0] == 0).all()
    for level in (20, 60, 120):
        row = ours[:, :, level].flatten() + 0.5  # truncation takes half a level on average
        assert row.mean().item() == pytest.approx(level, abs=4.5 * 0.15 * level / 60)
        assert row.std().item() == pytest.approx(0.15 * level, rel=0.05)


@pytest.mark.parametrize(
    "noise, constant", [(gaussian_noise, 0.1), (shot_noise, 60), (impulse_noise, 0.2), (speckle_noise, 0.15)]
)
def test_noise_is_independent_between_channels_and_neighbours(noise, constant):
    images = torch.full((1, 3, 224, 224), 128, dtype=torch.uint8)
    noisy = noise(images, constant, image_keys(torch.tensor([3]), "test"))[0].double()
    pairs = [(noisy[0], noisy[1]), (noisy[1], noisy[2]), (noisy[:, 1:], noisy[:, :-1])]
    pairs.append((noisy[..., 1:], noisy[..., :-1]))
    for first, second in pairs:
        r = np.corrcoef(first.flatten(), second.flatten())[0, 1]
        assert abs(r) < 4.5 / first.numel() ** 0.5


def test_shot_noise_keeps_black():
    images = torch.zeros(1, 3, 32, 32, dtype=torch.uint8)
    assert shot_noise(images, 3, torch.tensor([5])).max() == 0


@pytest.mark.parametrize("shape", [(1, 1), (3, 5), (8, 8)], ids=str)
def test_an_odd_number_of_values_draws_for_each(shape):
    images = torch.full((400, 3, *shape), 128, dtype=torch.uint8)
    for noise, constant in [(shot_noise, 60), (impulse_noise, 0.5)]:
        noisy = noise(images, constant, image_keys(torch.arange(400), "test")).double()
        assert (noisy.std(0) > 0).all()


def test_noise_without_sigma_is_the_image():
    images = chart(16)
    assert torch.equal(gaussian_noise(images, 0.0, torch.tensor([1])), images)
    assert torch.equal(speckle_noise(images, 0.0, torch.tensor([1])), images)
