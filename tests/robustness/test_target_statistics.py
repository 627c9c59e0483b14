import copy

import pytest
import torch
from torch import nn

from robustness.padain import padain_sites, remove_padain, swap_statistics
from robustness.target_statistics import TargetStatistics, insert_target_statistics
from tests.robustness.test_padain import seeded, some_features


def halves(seed: int = 0) -> torch.Tensor:
    generator = torch.Generator().manual_seed(seed)
    source, target = (torch.randn(4, 3, 5, 6, generator=generator) for _ in range(2))
    return torch.cat((source, 3 + 10 * target))


def test_the_source_takes_statistics_of_the_target_and_the_target_keeps_its_features() -> None:
    features = halves()
    moved = TargetStatistics(p=1.0, generator=torch.Generator().manual_seed(1))(features)
    assert torch.equal(moved[4:], features[4:])
    theirs = features[4:].mean((2, 3))
    for row in moved[:4].mean((2, 3)):
        assert (theirs - row).abs().amax(1).min() < 1e-4, "the means of one of the target's images"
    assert sorted(moved[:4, 0].mean((1, 2)).tolist()) == pytest.approx(sorted(theirs[:, 0].tolist()), abs=1e-4)


@pytest.mark.parametrize("layer", [TargetStatistics(p=0.0), TargetStatistics(p=1.0).eval()])
def test_it_is_silent_at_zero_and_in_evaluation(layer: TargetStatistics) -> None:
    features = halves()
    assert torch.equal(layer(features), features)


def test_the_target_gets_no_gradient_from_the_source() -> None:
    features = halves().requires_grad_()
    (gradient,) = torch.autograd.grad(TargetStatistics(p=1.0)(features)[:4].square().sum(), features)
    assert not gradient[4:].any()


def test_a_batch_that_cannot_be_halved_is_refused() -> None:
    with pytest.raises(ValueError, match="as many target as source images in a batch, got 3"):
        TargetStatistics(p=1.0)(torch.zeros(3, 1, 2, 2))


def test_insertion_takes_the_sites_of_padain_and_comes_out_again() -> None:
    network = nn.Sequential(nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4), nn.ReLU(), nn.Conv2d(4, 4, 3), nn.BatchNorm2d(4))
    images, keys = torch.rand(4, 3, 9, 9), list(network.state_dict())
    plain = copy.deepcopy(network)(images)
    assert insert_target_statistics(network, p=1.0) == len(padain_sites(network)) == 2
    assert list(network.state_dict()) == keys
    assert not torch.allclose(network(images), plain, atol=1e-3)
    remove_padain(network)
    torch.testing.assert_close(network(images), plain)


@pytest.mark.parametrize("p", [-0.1, 1.5])
def test_a_probability_is_one(p: float) -> None:
    with pytest.raises(ValueError, match=r"expected probability `p` in \[0, 1\]"):
        insert_target_statistics(nn.Sequential(nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4)), p=p)


def test_source_images_receive_statistics_of_the_target() -> None:
    source, target = some_features(5), 3 + 2 * some_features(3, height=7, width=4)
    moved = swap_statistics(source, target, p=1.0, generator=seeded())
    distance = torch.cdist(moved.mean((2, 3)), target.mean((2, 3)))
    assert bool((distance.amin(1) < 1e-3).all())
    assert torch.bincount(distance.argmin(1), minlength=3).tolist() in ([2, 2, 1], [2, 1, 2], [1, 2, 2])
    assert torch.equal(moved.flatten(2).argsort(2), source.flatten(2).argsort(2))
    again = swap_statistics(source, target, p=1.0, generator=seeded())
    assert torch.equal(moved, again)


def test_with_more_target_images_each_serves_once() -> None:
    source, target = some_features(3), 5 * some_features(9)
    moved = swap_statistics(source, target, p=1.0, generator=seeded())
    nearest = torch.cdist(moved.mean((2, 3)), target.mean((2, 3))).argmin(1)
    assert len(nearest.unique()) == 3


def test_no_gradient_reaches_the_target() -> None:
    source, target = some_features(4).requires_grad_(), some_features(4).requires_grad_()
    swap_statistics(source, target, p=1.0, generator=seeded()).square().sum().backward()
    assert target.grad is None
    assert source.grad is not None


def test_an_exchange_happens_with_probability_p() -> None:
    source, target, generator = some_features(2), some_features(2), seeded()
    acted = sum(swap_statistics(source, target, p=0.2, generator=generator) is not source for _ in range(1000))
    assert abs(acted - 200) < 4 * (1000 * 0.2 * 0.8) ** 0.5
    assert swap_statistics(source[:, :, :1, :1], target, p=1.0).shape == (2, 3, 1, 1)


def test_targets_of_another_layer_are_refused() -> None:
    with pytest.raises(ValueError, match="expected `target_features` of at least one image with 3 channels"):
        swap_statistics(some_features(), some_features(channels=4), p=1.0)
    with pytest.raises(ValueError, match=r"take both from the same layer"):
        swap_statistics(some_features(), some_features()[:0], p=1.0)
