import math

import numpy as np
import pytest
import torch

from robustness.perturbations import COURSES, NOISE_PERTURBATIONS, perturb
from tests.robustness.corruptions.charts import random_images


def normal_levels(value, deviation):
    """Probability of each level of ``floor(value + N(0, deviation))``, clipped to 0..255."""
    below = [0.5 * math.erfc((value - edge) / deviation / math.sqrt(2)) for edge in range(1, 256)]
    return np.diff([0, *below, 1])


def poisson_levels(value, photons):
    """Probability of each level of ``floor(255 min(Poisson / photons, 1))``."""
    rate, levels = value / 255 * photons, np.zeros(256)
    for count in range(4 * photons):
        chance = math.exp(count * math.log(rate) - rate - math.lgamma(count + 1))
        levels[min(math.floor(255 * (count / photons) + 1e-9), 255)] += chance
    return levels


def expected_levels(name, value, constant):
    if name == "shot_noise":
        return poisson_levels(value, constant)
    return normal_levels(value, constant * (value if name == "speckle_noise" else 255))


@pytest.mark.parametrize("profile", ["imagenet", "cifar"])
@pytest.mark.parametrize("value", [30, 140, 250])
@pytest.mark.parametrize("name", NOISE_PERTURBATIONS)
def test_levels_have_the_distribution_of_the_formula(name, value, profile):
    images = torch.full((1, 3, 50, 50), value, dtype=torch.uint8)
    film = perturb(images, name, seeds=torch.tensor([5]), profile=profile)[0, 1:].numpy()
    found = np.bincount(film.ravel(), minlength=256) / film.size
    expected = expected_levels(name, value, COURSES[name][profile].constant)
    # Cumulative shares, as in Kolmogorov's test: 1.63 / sqrt(n) is its 99 % point for continuous distributions.
    assert np.abs(np.cumsum(found - expected)).max() < 1.63 / math.sqrt(film.size) + 1e-4


@pytest.mark.parametrize("name", NOISE_PERTURBATIONS)
def test_the_first_frame_is_clean_and_the_others_are_independent(name):
    images = random_images(2, 3, 40, 40).clamp(60, 180)
    film = perturb(images, name, seeds=torch.tensor([1, 2])).double()
    assert torch.equal(film[:, 0], images.double())
    noise = (film[:, 1:] - images[:, None]).flatten(2)
    correlations = torch.corrcoef(noise.flatten(0, 1)) - torch.eye(60, dtype=torch.float64)
    assert correlations.abs().max() < 5 / math.sqrt(noise.shape[2])


def test_noise_is_drawn_for_the_crop_alone():
    images = random_images(1, 3, 20, 20)
    inner = images[..., 2:18, 2:18]
    whole = perturb(images, "gaussian_noise", seeds=torch.tensor([3]), size=(16, 16))
    assert torch.equal(whole, perturb(inner, "gaussian_noise", seeds=torch.tensor([3])))
