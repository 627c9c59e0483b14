import copy

import pytest
import torch
from torch import nn

from robustness.padain import padain_sites, remove_padain
from robustness.target_statistics import TargetStatistics, insert_target_statistics


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
