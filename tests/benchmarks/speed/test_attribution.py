from collections import OrderedDict
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from benchmarks.speed import attribution


def test_ratios_are_of_the_same_turns() -> None:
    maps = np.ones((1, 2, 2))
    seconds = [(4.0, 1.0), (8.0, 2.0), (4.0, 2.0)]
    turn: list[Any] = [
        {method: {"captum": (captum, maps), "ours": (ours, maps * 1.5)} for method in attribution._IMAGES}
        for captum, ours in seconds
    ]
    table: Any = attribution._ratios(turn).set_index("method")
    assert list(table.index) == list(attribution._IMAGES)
    assert table.loc["grad_cam", ["ratio", "ratio_lowest", "ratio_highest"]].tolist() == [4, 2, 4]
    assert (table["difference"] == 0.5).all()


class Peak(nn.Module):
    """One layer with the name of a ResNet's last stage, and its highest values as logits."""

    def __init__(self) -> None:
        super().__init__()
        self.module = nn.Sequential(OrderedDict(layer4=nn.Conv2d(3, 4, 3, stride=2)))

    def forward(self, images: Tensor) -> Tensor:
        return self.module(images).relu().amax((2, 3))  # type: ignore[no-any-return]


@pytest.mark.parametrize("method", list(attribution._IMAGES))
def test_both_make_the_same_map(method: str) -> None:
    torch.manual_seed(0)
    network = Peak()
    images, targets = torch.rand(2, 3, 56, 56), torch.tensor([3, 1])
    captum, ours = (
        attribution._EXPLAIN[name][method](network, images, targets).detach() for name in ("captum", "ours")
    )
    tolerance = 0.1 if method == "integrated_gradients" else 1e-5  # by two rules, of 50 points each
    assert (ours - captum).norm() <= tolerance * captum.norm()


def test_gradients_are_counted_until_every_map_is_complete() -> None:
    torch.manual_seed(0)
    network = nn.Sequential(nn.Conv2d(3, 8, 3), nn.ReLU(), nn.Flatten(), nn.Linear(8 * 14 * 14, 4)).eval()
    row = attribution._until_complete("small", network, torch.rand(5, 3, 16, 16))
    assert row["maps"] == 5
    assert row["captum_largest_gap"] <= 0.01
    assert row["largest_gap"] <= 0.01
    assert row["fewer_gradients"] == pytest.approx(row["captum_gradients"] / row["gradients"])
    assert row["ratio"] == pytest.approx(row["captum_seconds"] / row["seconds"])


def test_the_network_is_the_same_in_every_process_and_leaves_the_random_state() -> None:
    state = torch.random.get_rng_state()
    first, second = (attribution._network().state_dict() for _ in range(2))
    assert torch.equal(torch.random.get_rng_state(), state)
    assert all(torch.equal(value, second[name]) for name, value in first.items())


def test_every_convolution_of_the_network_counts() -> None:
    norms = [part for part in attribution._network().modules() if isinstance(part, nn.BatchNorm2d)]
    assert len(norms) == 20 and all(bool(part.weight.all()) for part in norms)
