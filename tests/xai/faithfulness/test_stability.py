"""What maps follow: logits, noise and weights, against scipy and loops."""

import pytest
import scipy.stats
import torch
from torch import Tensor, nn

from xai.attribution import attribute
from xai.faithfulness import completeness_gap, max_sensitivity, randomised, rank_correlation

SIDE = 8


def network() -> nn.Sequential:
    torch.manual_seed(0)
    return nn.Sequential(nn.Conv2d(3, 6, 3), nn.BatchNorm2d(6), nn.ReLU(), nn.Flatten(), nn.Linear(6 * 36, 4))


def linear() -> nn.Sequential:
    torch.manual_seed(1)
    return nn.Sequential(nn.Flatten(), nn.Linear(3 * SIDE * SIDE, 4))


def gradient(classifier: object, pixels: Tensor, classes: Tensor) -> Tensor:
    assert callable(classifier)
    leaf = pixels.clone().requires_grad_()
    logits = classifier(leaf).gather(1, classes[:, None])
    return torch.autograd.grad(logits.sum(), leaf)[0].sum(1)


@pytest.fixture
def images() -> Tensor:
    return torch.rand(3, 3, SIDE, SIDE, generator=torch.Generator().manual_seed(0))


@pytest.fixture
def targets() -> Tensor:
    return torch.tensor([0, 2, 3])


def test_maps_of_a_linear_model_are_complete_and_others_miss_by_their_sum(images: Tensor, targets: Tensor) -> None:
    model = linear()
    maps = attribute(model, images, targets, method="gradient_x_input").maps
    gap, difference = completeness_gap(model, images, targets, maps, batch_size=2)
    with torch.no_grad():
        expected = (model(images) - model(torch.zeros_like(images))).gather(1, targets[:, None])[:, 0]
    assert torch.allclose(difference.float(), expected, atol=1e-5)
    assert torch.allclose(gap, torch.zeros(3, dtype=torch.float64), atol=1e-5)
    gap, _ = completeness_gap(model, images, targets, 2 * maps)
    assert torch.allclose(gap, difference, atol=1e-5)
    _, from_itself = completeness_gap(model, images, targets, maps, baseline=images)
    assert torch.equal(from_itself, torch.zeros(3, dtype=torch.float64))


def test_a_constant_gradient_has_no_sensitivity(images: Tensor, targets: Tensor) -> None:
    model = linear()
    maps = gradient(model, images, targets)
    assert torch.equal(max_sensitivity(gradient, model, images, targets, maps), torch.zeros(3, dtype=torch.float64))


def test_sensitivity_is_the_largest_relative_change_of_bounded_noise(images: Tensor, targets: Tensor) -> None:
    seen: list[Tensor] = []

    def brightness(_classifier: object, pixels: Tensor, _classes: Tensor) -> Tensor:
        seen.append(pixels)
        return pixels.sum(1)

    maps = images.sum(1)
    got = max_sensitivity(brightness, linear(), images, targets, maps, radius=0.1, samples=3)
    copies = torch.cat(seen).view(3, *images.shape)
    assert float((copies - images).abs().max()) <= 0.1 + 1e-6
    assert 0 <= float(copies.min()) <= float(copies.max()) <= 1
    slow = [max(float((copies[s, n].sum(0) - maps[n]).norm() / maps[n].norm()) for s in range(3)) for n in range(3)]
    assert got.tolist() == pytest.approx(slow, rel=1e-5)


def test_sensitivity_follows_its_seed_and_grows_with_the_radius(images: Tensor, targets: Tensor) -> None:
    model = network().eval()
    maps = gradient(model, images, targets)
    first, again, other = (max_sensitivity(gradient, model, images, targets, maps, seed=seed) for seed in (0, 0, 1))
    assert torch.equal(first, again)
    assert not torch.equal(first, other)
    assert bool((max_sensitivity(gradient, model, images, targets, maps, radius=0.5) > first).all())
    with pytest.raises(ValueError, match=r"expected `samples` of at least 1, got 0"):
        max_sensitivity(gradient, model, images, targets, maps, samples=0)


def test_randomised_networks_keep_the_values_and_lose_their_places() -> None:
    model = network()
    before = [parameter.clone() for parameter in model.parameters()]
    state = torch.get_rng_state()
    shuffled = randomised(model, seed=5)
    assert torch.equal(torch.get_rng_state(), state)
    for old, kept, new in zip(before, model.parameters(), shuffled.parameters(), strict=True):
        assert torch.equal(old, kept)
        assert torch.equal(old.flatten().sort().values, new.flatten().sort().values)
    assert not torch.equal(before[0], next(shuffled.parameters()))
    same, other = next(randomised(model, seed=5).parameters()), next(randomised(model, seed=6).parameters())
    assert torch.equal(next(shuffled.parameters()), same)
    assert not torch.equal(same, other)


def test_only_modules_can_be_randomised() -> None:
    with pytest.raises(TypeError, match=r"expected a classifier that is an nn\.Module, got function"):
        randomised(lambda images: images.mean((2, 3)))


def test_maps_of_the_same_network_correlate_fully_and_of_a_shuffled_one_less(images: Tensor, targets: Tensor) -> None:
    model = network().eval()
    maps = gradient(model, images, targets)
    assert torch.allclose(rank_correlation(maps, gradient(model, images, targets)), torch.ones(3, dtype=torch.float64))
    shuffled = gradient(randomised(model), images, targets)
    assert bool((rank_correlation(maps, shuffled).abs() < 0.7).all())


def test_rank_correlation_is_that_of_scipy_with_ties() -> None:
    generator = torch.Generator().manual_seed(0)
    first, second = (torch.randint(0, 6, (4, 5, 7), generator=generator).float() for _ in range(2))
    expected = [
        scipy.stats.spearmanr(one.flatten(), other.flatten()).statistic
        for one, other in zip(first, second, strict=True)
    ]
    assert rank_correlation(first, second).tolist() == pytest.approx(expected, abs=1e-9)
    assert torch.equal(rank_correlation(first, torch.ones_like(first)), torch.zeros(4, dtype=torch.float64))
