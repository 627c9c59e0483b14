import numpy as np
import pytest
import torch
from scipy import stats

from robustness.corruptions import corrupt
from robustness.corruptions.draws import image_keys
from robustness.corruptions.noise import gaussian_noise
from robustness.corruptions.severities import PROFILES, SEVERITIES
from tests.robustness.corruptions.charts import chart, statistics


def reference_gaussian_noise(image, sigma, rng):
    """In numpy, on the unit interval in double precision."""
    noisy = image / 255.0 + rng.normal(size=image.shape, scale=sigma)
    return np.uint8(np.clip(noisy, 0, 1) * 255)


@pytest.mark.parametrize("severity, golden", [(1, (126.88, 92.53, 12.93)), (5, (127.28, 95.70, 51.79))])
def test_gaussian_noise_has_the_golden_statistics(severity, golden):
    clean, rng = chart(224), np.random.default_rng(0)
    ours = corrupt(clean.expand(8, -1, -1, -1), "gaussian_noise", severity, seeds=torch.arange(8))
    sigma = SEVERITIES["gaussian_noise"]["imagenet"][severity - 1]
    plain = [torch.from_numpy(reference_gaussian_noise(clean[0].numpy(), sigma, rng)) for _ in range(8)]
    mean_of_ours, mean_of_plain = (
        np.mean([statistics(draw, clean[0]) for draw in draws], axis=0) for draws in (ours, plain)
    )
    # The golden values are one draw: the standard error of their mean is 0.2 at severity 5.
    assert mean_of_ours == pytest.approx(golden, abs=0.6)
    assert mean_of_ours == pytest.approx(mean_of_plain, abs=0.25)


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


def test_gaussian_noise_is_independent_between_channels_and_neighbours():
    images = torch.full((1, 3, 224, 224), 128, dtype=torch.uint8)
    noisy = gaussian_noise(images, 0.1, image_keys(torch.tensor([3]), "test"))[0].double() - 127.5
    pairs = [(noisy[0], noisy[1]), (noisy[1], noisy[2]), (noisy[:, 1:], noisy[:, :-1])]
    pairs.append((noisy[..., 1:], noisy[..., :-1]))
    for first, second in pairs:
        r = np.corrcoef(first.flatten(), second.flatten())[0, 1]
        assert abs(r) < 4.5 / first.numel() ** 0.5


def test_gaussian_noise_without_sigma_is_the_image():
    images = chart(16)
    assert torch.equal(gaussian_noise(images, 0.0, torch.tensor([1])), images)
