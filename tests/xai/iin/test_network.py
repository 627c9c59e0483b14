"""A network is a bijection, and finds factors that are known."""

import pytest
import torch
from torch import nn

from tests.xai.iin.gaussian_pairs import RHO, SIZES, columns, normal, planted, r_squared
from xai.flows import Flow
from xai.iin.network import InterpretationNetwork, fit_rotation, fit_whitened
from xai.iin.pairs import RESIDUAL, join_pairs


def generator() -> torch.Generator:
    return torch.Generator().manual_seed(0)


def moved_flow(width: int) -> Flow:
    flow = Flow(width, blocks=3, hidden=16).double()
    with torch.no_grad():
        for seed, parameter in enumerate(flow.parameters()):
            parameter.add_(0.2 * normal(*parameter.shape, seed=seed))
    return flow.requires_grad_(requires_grad=False)


@pytest.mark.parametrize("components", [5, 12, 32])
@pytest.mark.parametrize("bent", [False, True])
@pytest.mark.parametrize(("dtype", "tolerance"), [(torch.float32, 1e-4), (torch.float64, 1e-10)], ids=str)
def test_features_come_back(components: int, bent: bool, dtype: torch.dtype, tolerance: float) -> None:
    data = planted(100)
    network, _ = fit_rotation(data.features, data.pairs, components=components, generator=generator())
    width = len(network.rotation)
    assert width == min(components, 12)
    network = (network.with_flow(moved_flow(width)) if bent else network).to(dtype)
    features = data.features.to(dtype)
    code = network(features)
    assert code.factors.shape == (300, width)
    assert (network.inverse(code) - features).abs().max() < tolerance
    assert (network.inverse(network(features[:1])) - features[:1]).abs().max() < tolerance


def test_decisions_survive_the_round_trip() -> None:
    data = planted(200, dtype=torch.float32)
    network, _ = fit_rotation(data.features, data.pairs, components=6, generator=generator())
    network = network.with_flow(moved_flow(6).float())
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        head = nn.Sequential(nn.Linear(12, 32), nn.ReLU(), nn.Linear(32, 5))
    with torch.no_grad():
        before, after = head(data.features), head(network.inverse(network(data.features)))
    assert (before - after).abs().max() < 1e-3
    assert torch.equal(before.argmax(1), after.argmax(1))


@pytest.mark.parametrize("but", [False, True])
def test_factors_of_new_images_are_recovered(but: bool) -> None:
    data, other = planted(but=but), planted(500, seed=1, but=but)
    network, spectra = fit_rotation(data.features, data.pairs, generator=generator())
    assert network.factors == tuple(SIZES)
    assert {one.factor: one.size for one in spectra} == SIZES
    parts = network.split(other.features)
    assert {name: part.shape[1] for name, part in parts.items()} == {**SIZES, RESIDUAL: 9}
    for factor, size in SIZES.items():
        truth = other.latents[:, columns(factor)]
        assert r_squared(parts[factor], truth) > 0.95
        assert r_squared(parts[RESIDUAL], truth) < 0.05
        if not but:
            first, second = (parts[factor][rows] for rows in other.pairs.sharing(factor).T)
            for column in range(size):
                together = torch.stack([first[:, column], second[:, column]])
                assert torch.corrcoef(together)[0, 1] == pytest.approx(RHO, abs=0.01)
            left = (second - RHO * first).square().sum(1).mean() / (1 - RHO**2)
            assert left.item() == pytest.approx(size, rel=0.15)


def test_what_is_not_represented_has_no_dimension_and_says_so() -> None:
    data = planted(300)
    coin = torch.stack([torch.arange(300), torch.randperm(300, generator=generator()) + 300], 1)
    pairs = join_pairs({"hue": data.pairs.sharing("hue"), "coin": coin})
    network, _ = fit_rotation(data.features, pairs, generator=generator())
    assert network.sizes == {"hue": 1, "coin": 0, RESIDUAL: 11}
    assert network.factors == ("hue",)
    assert set(network.split(data.features)) == {"hue", RESIDUAL}
    with pytest.raises(KeyError, match="got 'coin', which this layer does not represent"):
        network.columns("coin")
    with pytest.raises(KeyError, match="expected one of hue, residual, got 'size', which is not known"):
        network.columns("size")


def test_factors_that_are_the_same_cannot_be_told_apart() -> None:
    data = planted(300)
    rows = data.pairs.sharing("hue")
    with pytest.raises(ValueError, match=r"got 'hue' and 'tint' at a cosine of 1.00; merge or drop one"):
        fit_rotation(data.features, join_pairs({"hue": rows, "tint": rows.clone()}), generator=generator())


@pytest.mark.parametrize(("n", "width"), [(40, 7), (12, 33)])
def test_odd_widths_and_fewer_images_than_dimensions_are_fine(n: int, width: int) -> None:
    features = normal(2 * n, width).float()
    features[n:, :3] = features[:n, :3]
    rows = torch.stack([torch.arange(n), torch.arange(n) + n], 1).repeat(2, 1)
    network, _ = fit_rotation(features, join_pairs({"shape": rows}), generator=generator())
    assert sum(network.sizes.values()) == min(2 * n - 1, width, 32)
    network = network.with_flow(moved_flow(sum(network.sizes.values())).float())
    assert (network.inverse(network(features)) - features).abs().max() < 1e-4


def test_features_and_pairs_from_which_nothing_follows_are_said() -> None:
    """Whoever asks for factors hears why there are none, before anything is trained."""
    data = planted(60)
    same, missing = torch.full_like(data.features, 0.3), data.features.clone()
    missing[7, 2] = torch.nan
    with pytest.raises(ValueError, match="expected features that differ between images, got 180 times the same"):
        fit_rotation(same, data.pairs, generator=generator())
    with pytest.raises(ValueError, match="expected finite features, got NaN or infinity in 1 of 180 rows; leave them"):
        fit_rotation(missing, data.pairs, generator=generator())
    with pytest.raises(ValueError, match="expected at least 20 pairs that share 'hue' alone, or all but it, got 1 and"):
        fit_rotation(data.features, join_pairs({"hue": torch.tensor([[0, 1]])}), generator=generator())
    opposite = torch.cat([data.features, 6 - data.features])  # the features have mean 3
    rows = torch.stack([torch.arange(180), torch.arange(180) + 180], 1)
    network, (spectrum,) = fit_rotation(opposite, join_pairs({"hue": rows}), generator=generator())
    assert network.factors == () and spectrum.statement.startswith("hue: contradictory pairs; partners differ")


def test_columns_follow_each_other_and_the_baseline_is_at_hand() -> None:
    network = fit_whitened(normal(100, 8), {"a": 2, "b": 0, "c": 3}).double()
    assert [network.columns(name) for name in ("a", "c", RESIDUAL)] == [slice(0, 2), slice(2, 5), slice(5, 8)]
    bent = network.with_flow(moved_flow(8))
    x = normal(4, 8, seed=1)
    assert not torch.allclose(bent(x).factors, network(x).factors)
    assert torch.equal(bent.with_flow(None)(x).factors, network(x).factors)
    assert fit_whitened(normal(100, 8)).sizes == {RESIDUAL: 8}


@pytest.mark.parametrize("sizes", [{"a": 9}, {"a": -1}, {RESIDUAL: 2}])
def test_sizes_that_do_not_fit_are_refused(sizes: dict[str, int]) -> None:
    with pytest.raises(ValueError, match="expected sizes from 0, at most 8 in all, and no 'residual', got"):
        fit_whitened(normal(100, 8), sizes)


def test_codes_are_edited_as_copies_and_taken_by_rows() -> None:
    network = fit_whitened(normal(100, 8), {"a": 2})
    code = network(normal(3, 8))
    edited = code.put(slice(0, 2), torch.ones(3, 2).double())
    assert (edited.factors[:, :2] == 1).all()
    assert torch.equal(edited.factors[:, 2:], code.factors[:, 2:])
    assert not (code.factors[:, :2] == 1).any()
    assert len(code[1:]) == 2
    assert torch.equal(code[torch.tensor([2])].rest, code.rest[2:])
    assert isinstance(network, InterpretationNetwork)
