import numpy as np
import pytest
import torch
from torch import nn

from benchmarks.speed import attribution
from xai.attribution import attribute


def test_ratios_are_of_the_same_turns() -> None:
    maps = np.ones((1, 2, 2))
    seconds = [(4.0, 1.0), (8.0, 2.0), (4.0, 2.0)]
    turn = [
        {method: {"captum": (captum, maps), "ours": (ours, maps * 1.5)} for method in attribution._IMAGES}
        for captum, ours in seconds
    ]
    table = attribution._ratios(turn).set_index("method")
    assert list(table.index) == list(attribution._IMAGES)
    assert table.loc["grad_cam", ["ratio", "ratio_lowest", "ratio_highest"]].tolist() == [4, 2, 4]
    assert (table["difference"] == 0.5).all()


@pytest.mark.parametrize("method", list(attribution._IMAGES))
def test_both_make_the_same_map(method: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(attribution, "_WINDOW", 20)
    monkeypatch.setattr(attribution, "_STRIDE", 20)
    torch.manual_seed(0)
    network = nn.Module()
    network.module = nn.Module()
    network.module.layer4 = nn.Conv2d(3, 4, 3, stride=2)
    network.forward = lambda images: network.module.layer4(images).relu().amax((2, 3))  # type: ignore[method-assign]
    images, targets = torch.rand(2, 3, 40, 40), torch.tensor([3, 1])
    captum = attribution._EXPLAIN["captum"][method](network, images, targets).detach()
    ours = (
        attribute(network, images, targets, method=attribution.Occlusion(window=20, stride=20)).maps
        if method == "occlusion"
        else attribution._EXPLAIN["ours"][method](network, images, targets)
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
