"""Edits change their factor, and nothing else."""

import pytest
import torch

from tests.xai.iin.gaussian_pairs import normal
from xai.flows import Flow
from xai.iin.edits import interpolate, nearest, resample, swap
from xai.iin.network import InterpretationNetwork, fit_whitened
from xai.iin.pairs import RESIDUAL

X, DONORS = normal(6, 8, seed=1), normal(6, 8, seed=2)


def generator() -> torch.Generator:
    return torch.Generator().manual_seed(0)


@pytest.fixture
def network() -> InterpretationNetwork:
    """Six whitened components of eight, bent by a flow."""
    flow = Flow(6, blocks=3, hidden=16).double()
    with torch.no_grad():
        for seed, parameter in enumerate(flow.parameters()):
            parameter.add_(0.1 * normal(*parameter.shape, seed=seed))
    start = fit_whitened(normal(100, 8), {"shape": 2, "hue": 1}, components=6)
    return start.with_flow(flow.requires_grad_(requires_grad=False))


@pytest.mark.parametrize("factor", ["shape", "hue", RESIDUAL])
def test_a_swap_brings_the_donors_factor_and_keeps_all_else(network: InterpretationNetwork, factor: str) -> None:
    after, before, given = (network(x) for x in (swap(network, X, DONORS, factor), X, DONORS))
    for name in ("shape", "hue", RESIDUAL):
        columns, source = network.columns(name), given if name == factor else before
        assert torch.allclose(after.factors[:, columns], source.factors[:, columns])
    assert torch.allclose(after.rest, before.rest)
    assert torch.allclose(swap(network, swap(network, X, DONORS, factor), X, factor), X)
    assert torch.allclose(swap(network, X, X, factor), X)


def test_resampled_factors_are_normal_or_from_the_pool(network: InterpretationNetwork) -> None:
    edited = resample(network, X, "shape", generator=generator(), draws=2000)
    assert edited.shape == (2000, 6, 8)
    codes = network(edited[:, 0])
    values = codes.factors[:, network.columns("shape")]
    assert torch.allclose(values.mean(0), torch.zeros(2).double(), atol=0.1)
    assert torch.allclose(values.T.cov(), torch.eye(2).double(), atol=0.15)
    kept = network(X[:1])
    assert torch.allclose(codes.factors[:, 2:], kept.factors[:, 2:].expand(2000, -1))
    assert torch.allclose(codes.rest, kept.rest.expand(2000, -1))
    pooled = resample(network, X, "shape", generator=generator(), draws=9, pool=DONORS)
    known = network(DONORS).factors[:, :2]
    for draw in pooled:
        new = network(draw).factors[:, :2]
        assert torch.allclose(new, new[:1].expand_as(new))  # the same for all images
        assert torch.cdist(new[:1], known).min() < 1e-9
    assert torch.equal(edited, resample(network, X, "shape", generator=generator(), draws=2000))


def test_interpolation_runs_from_the_image_to_the_swap_in_equal_steps(network: InterpretationNetwork) -> None:
    path = interpolate(network, X, DONORS, "shape", steps=5)
    assert path.shape == (5, 6, 8)
    assert torch.allclose(path[0], X)
    assert torch.allclose(path[-1], swap(network, X, DONORS, "shape"))
    steps = torch.stack([network(point).factors for point in path]).diff(dim=0)
    assert torch.allclose(steps, steps[:1].expand_as(steps))
    assert steps[..., 2:].abs().max() < 1e-9


def test_the_nearest_are_those_by_the_factor_alone(network: InterpretationNetwork) -> None:
    pool = normal(30, 8, seed=3)
    pool[7] = swap(network, DONORS[:1], X[1:2], "shape")[0]  # X[1]'s shape in another image
    rows = nearest(network, X, pool, "shape", count=30)
    assert rows.shape == (6, 30)
    assert rows[1, 0] == 7
    values = [network(x).factors[:, :2] for x in (X, pool)]
    for image in range(6):
        distances = (values[1][rows[image]] - values[0][image]).norm(dim=1)
        assert (distances.diff() >= 0).all()
        assert sorted(rows[image].tolist()) == list(range(30))
    with pytest.raises(ValueError, match=r"expected `count` in 1..30, the images of the pool, got 31"):
        nearest(network, X, pool, "shape", count=31)


def test_edits_that_make_no_sense_are_refused(network: InterpretationNetwork) -> None:
    for edit in (swap, interpolate):
        with pytest.raises(ValueError, match=r"expected `donors` of shape \(6, 8\) like `features`, got \(5, 8\)"):
            edit(network, X, DONORS[:5], "hue")
    with pytest.raises(ValueError, match="expected `steps` of at least 2, the ends, got 1"):
        interpolate(network, X, DONORS, "hue", steps=1)
    with pytest.raises(KeyError, match="expected one of shape, hue, residual, got 'size'"):
        resample(network, X, "size", generator=generator())
