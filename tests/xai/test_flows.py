"""Laws of a flow: it inverts, its log-determinant is the Jacobian's, it starts where it is told to."""

import math
from pathlib import Path

import pytest
import torch
from torch import Tensor
from torch.distributions import MultivariateNormal

from xai.flows import ActNorm, Flow, load_flow, negative_log_likelihood, save_flow


def gaussian(*shape: int, dtype: torch.dtype = torch.float64, seed: int = 0) -> Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64).to(dtype)


def trained(features: int, *, context: int = 0, blocks: int = 12, hidden: int = 32) -> Flow:
    """A float64 flow away from the identity: every parameter is moved."""
    flow = Flow(features, context=context, blocks=blocks, hidden=hidden).double()
    flow.initialize(3 * gaussian(256, features) + 5, gaussian(256, context, seed=1) if context else None)
    with torch.no_grad():
        for seed, parameter in enumerate(flow.parameters()):
            parameter.add_(0.3 * gaussian(*parameter.shape, seed=seed) / math.sqrt(parameter.shape[-1]))
    return flow


@pytest.mark.parametrize("context", [0, 3])
@pytest.mark.parametrize("features", [2, 3, 7, 8, 33])
@pytest.mark.parametrize(("dtype", "tolerance"), [(torch.float32, 1e-4), (torch.float64, 1e-10)], ids=str)
def test_the_inverse_undoes_the_flow(features: int, context: int, dtype: torch.dtype, tolerance: float) -> None:
    flow = trained(features, context=context).to(dtype)
    x = 3 * gaussian(64, features, dtype=dtype, seed=2) + 5
    c = gaussian(64, context, dtype=dtype, seed=3) if context else None
    with torch.no_grad():
        v, logdet = flow(x, c)
        assert v.dtype == logdet.dtype == dtype
        assert logdet.shape == (64,)
        assert (v - x).abs().max() > 1
        assert (flow.inverse(v, c) - x).abs().max() < tolerance


def test_the_default_size_inverts_in_float32() -> None:
    flow = trained(64, hidden=512).float()
    x = gaussian(32, 64, dtype=torch.float32, seed=2)
    with torch.no_grad():
        assert (flow.inverse(flow(x)[0]) - x).abs().max() < 1e-4


@pytest.mark.parametrize("context", [0, 3])
@pytest.mark.parametrize("features", [3, 8])
def test_blocks_are_those_of_zuko(features: int, context: int) -> None:
    flow = trained(features, context=context, blocks=3)
    x, c = gaussian(9, features, seed=2), gaussian(9, context, seed=3) if context else None
    y, logdet = x, torch.zeros(9).double()
    for block in flow.blocks:
        y, part = block.norm(y)
        logdet = logdet + part
        for coupling in block.couplings:
            y, part = coupling(c).call_and_ladj(y)
            logdet = logdet + part
        y = y[:, block.order]
    found, total = flow(x, c)
    assert torch.allclose(found, y[:, flow.restore], atol=1e-12) and torch.allclose(total, logdet, atol=1e-12)


@pytest.mark.parametrize("context", [0, 3])
@pytest.mark.parametrize("features", [3, 8])
def test_the_log_determinant_is_that_of_the_jacobian(features: int, context: int) -> None:
    flow = trained(features, context=context)
    x = gaussian(3, features, seed=2)
    c = gaussian(3, context, seed=3) if context else None
    _, logdet = flow(x, c)
    for row in range(3):
        given = None if c is None else c[row : row + 1]
        jacobian = torch.autograd.functional.jacobian(lambda point: flow(point[None], given)[0][0], x[row])  # noqa: B023
        assert abs(jacobian.slogdet().logabsdet - logdet[row]) < 1e-8


def test_rows_do_not_touch_each_other_and_one_row_is_a_batch() -> None:
    flow = trained(5, context=2)
    x, c = gaussian(4, 5), gaussian(4, 2, seed=1)
    v, logdet = flow(x, c)
    one, one_logdet = flow(x[2:3], c[2:3])
    assert torch.allclose(one, v[2:3], atol=1e-12)
    assert torch.allclose(one_logdet, logdet[2:3], atol=1e-12)
    assert flow.inverse(v[2:3], c[2:3]).shape == (1, 5)
    with pytest.raises(ValueError, match="expected at least one row in `x`, got none"):
        flow(x[:0], c[:0])


def test_the_condition_matters_to_the_variables_and_to_the_log_determinant() -> None:
    flow = trained(5, context=2)
    x, c = gaussian(4, 5), gaussian(4, 2, seed=1)
    v, logdet = flow(x, c)
    other, other_logdet = flow(x, c + 1)
    assert (v - other).abs().max() > 0.01
    assert (logdet - other_logdet).abs().max() > 0.001


def test_a_new_flow_is_the_identity_and_initialisation_standardises() -> None:
    flow = Flow(7, blocks=5, hidden=8).double()
    x = 3 * gaussian(300, 7) + 5
    v, logdet = flow(x)
    assert torch.equal(v, x)
    assert not logdet.any()
    flow.initialize(x)
    v, logdet = flow(x)
    assert torch.allclose(v, (x - x.mean(0)) / x.std(0, correction=0), atol=1e-12)
    assert torch.allclose(logdet, -x.std(0, correction=0).log().sum().expand(300), atol=1e-12)


def test_initialisation_standardises_what_each_block_gets() -> None:
    flow = trained(6, context=2)
    x, c = 3 * gaussian(300, 6), gaussian(300, 2, seed=1)
    flow.initialize(x, c)
    for block in flow.blocks:
        normed, _ = block.norm(x)
        assert torch.allclose(normed.mean(0), torch.zeros(6).double(), atol=1e-10)
        assert torch.allclose(normed.std(0, correction=0), torch.ones(6).double(), atol=1e-10)
        x, _ = block(x, c)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64], ids=str)
def test_constant_features_are_centred_and_come_back(dtype: torch.dtype) -> None:
    flow = Flow(4, blocks=3, hidden=8).to(dtype)
    x = gaussian(300, 4, dtype=dtype)
    x[:, 1], x[:, 3] = 0.0, 1000.1
    flow.initialize(x)
    v, logdet = flow(x)
    assert v.isfinite().all()
    assert logdet.isfinite().all()
    assert v[:, [1, 3]].abs().max() < 1e-3
    assert (flow.inverse(v) - x).abs().max() < 1e-3
    assert ActNorm(4)(x.float())[1].tolist() == [0.0] * 300


def test_scales_are_bounded_however_large_the_parameters() -> None:
    flow = Flow(4, blocks=1, hidden=8)
    with torch.no_grad():
        for coupling in flow.blocks[0].couplings:
            coupling.hyper[-1].weight.fill_(1e3)
    _, logdet = flow(100 * gaussian(50, 4, dtype=torch.float32))
    assert logdet.abs().max() <= 4  # each of 4 features is scaled once, by at most e


def test_the_seed_alone_decides_and_the_global_state_stays() -> None:
    before = torch.get_rng_state()
    one, same, other = (Flow(6, blocks=2, hidden=8, seed=seed) for seed in (1, 1, 2))
    assert torch.equal(torch.get_rng_state(), before)
    assert all(torch.equal(a, b) for a, b in zip(one.state_dict().values(), same.state_dict().values(), strict=True))
    assert not torch.equal(one.blocks[0].couplings[0].hyper[0].weight, other.blocks[0].couplings[0].hyper[0].weight)


def test_training_reaches_the_density_of_a_gaussian() -> None:
    covariance = torch.tensor([[2.0, 1.2], [1.2, 1.0]])
    truth = MultivariateNormal(torch.tensor([1.0, -1.0]), covariance)
    x = torch.tensor([1.0, -1.0]) + gaussian(2000, 2, dtype=torch.float32) @ torch.linalg.cholesky(covariance).T
    flow = Flow(2, blocks=2, hidden=8)
    flow.initialize(x)
    optimiser = torch.optim.Adam(flow.parameters(), lr=1e-2)
    for _ in range(150):
        optimiser.zero_grad()
        negative_log_likelihood(*flow(x)).mean().backward()
        optimiser.step()
    with torch.no_grad():
        gap = negative_log_likelihood(*flow(x)).mean() + truth.log_prob(x).mean()
    assert abs(gap) < 0.02


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64], ids=str)
def test_a_loaded_flow_equals_the_saved_one(tmp_path: Path, dtype: torch.dtype) -> None:
    flow = trained(5, context=2, blocks=3).to(dtype)
    save_flow(flow, tmp_path / "flow.safetensors")
    loaded = load_flow(tmp_path / "flow.safetensors")
    x, c = gaussian(4, 5, dtype=dtype), gaussian(4, 2, dtype=dtype, seed=1)
    for ours, theirs in zip(loaded(x, c), flow(x, c), strict=True):
        assert torch.equal(ours, theirs)
    assert torch.equal(loaded.inverse(x, c), flow.inverse(x, c))


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"features": 1}, "expected at least 2 `features`, got 1: a coupling changes some features given the others"),
        ({"features": 4, "blocks": 0}, "expected `blocks` of at least 1, got 0"),
        ({"features": 4, "context": -1}, "expected `context` of at least 0, got -1"),
        ({"features": 4, "hidden": 0}, "expected `hidden` of at least 1, got 0"),
    ],
)
def test_impossible_flows_are_refused(settings: dict[str, int], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        Flow(**settings)


def test_inputs_that_do_not_fit_are_refused() -> None:
    plain, conditional = Flow(4, blocks=1, hidden=4), Flow(4, context=2, blocks=1, hidden=4)
    x, c = torch.zeros(3, 4), torch.zeros(3, 2)
    for call in (plain, plain.inverse, plain.initialize):
        with pytest.raises(ValueError, match=r"expected `[xv]` of shape \(3, 4\), got \(3, 5\)"):
            call(torch.zeros(3, 5))
        with pytest.raises(ValueError, match=r"expected `[xv]` in torch.float32 like the flow, got torch.float64"):
            call(x.double())
        with pytest.raises(ValueError, match=r"expected finite `[xv]`, got NaN or infinity in 1 of 3 rows"):
            call(x.index_fill(0, torch.tensor([1]), math.nan))
        with pytest.raises(ValueError, match=r"expected no condition `c`, got one of shape \(3, 2\)"):
            call(x, c)
    with pytest.raises(ValueError, match=r"expected \(N, 2\) condition `c`, got none"):
        conditional(x)
    with pytest.raises(ValueError, match=r"expected `c` of shape \(3, 2\), got \(2, 2\)"):
        conditional(x, c[:2])
    with pytest.raises(ValueError, match="expected at least 2 rows to measure a spread on, got 1"):
        plain.initialize(x[:1])
