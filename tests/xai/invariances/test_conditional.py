import math

import pytest
import torch

from xai.flows import negative_log_likelihood
from xai.invariances.conditional import ConditionalFlow


def shaken(dtype=torch.float64):
    """A flow that does something."""
    flow = ConditionalFlow(4, context=2, blocks=2, hidden=8).to(dtype)
    generator = torch.Generator().manual_seed(1)
    with torch.no_grad():
        for parameter in flow.parameters():
            parameter.add_(0.3 * torch.randn(parameter.shape, generator=generator).to(dtype))
    return flow


@pytest.mark.parametrize(("dtype", "error"), [(torch.float32, 1e-4), (torch.float64, 1e-10)])
def test_values_come_back(dtype, error):
    x, c = (torch.randn(50, width, generator=torch.Generator().manual_seed(0)).to(dtype) for width in (4, 2))
    flow = shaken(dtype)
    v, _ = flow(x, c)
    assert (v - x).abs().max() > 0.1 and (flow.inverse(v, c) - x).abs().max() < error


def test_the_log_determinant_is_that_of_the_jacobian():
    x, c = (torch.randn(3, width, generator=torch.Generator().manual_seed(0)).double() for width in (4, 2))
    flow = shaken()
    logdet = flow(x, c)[1].detach()
    for row in range(3):
        jacobian = torch.autograd.functional.jacobian(lambda one, row=row: flow(one[None], c[[row]])[0][0], x[row])
        assert math.isclose(torch.linalg.slogdet(jacobian).logabsdet, logdet[row], abs_tol=1e-8)


def test_a_new_one_is_the_identity_and_a_step_moves_place_and_spread():
    x, c = torch.randn(20, 4), torch.randn(20, 2)
    flow = ConditionalFlow(4, context=2, blocks=1, hidden=8)
    v, logdet = flow(x, c)
    assert torch.equal(v, x) and not logdet.any()
    optimiser = torch.optim.SGD(flow.parameters(), lr=0.1)
    negative_log_likelihood(*flow(x, c)).mean().backward()
    optimiser.step()
    assert flow.place.bias.abs().min() > 0 and flow.lean.bias.abs().min() > 0


def test_the_first_step_is_a_gaussian_of_any_covariance():
    x, c = (torch.randn(3, width, generator=torch.Generator().manual_seed(0)).double() for width in (4, 2))
    flow = shaken()
    for row in range(3):
        here, there = (
            torch.autograd.functional.jacobian(lambda one, row=row: flow.gaussian(one[None], c[[row]])[0][0], at)
            for at in (x[row], x[row] + 1)
        )
        assert torch.allclose(here, there) and not here.triu(1).any() and (here.diagonal() > 0).all()
        assert here.tril(-1).abs().sum() > 0.1
        assert torch.isclose(here.diagonal().log().sum(), flow.gaussian(x, c)[1][row])


def test_a_seed_decides_the_weights():
    first, second, other = (ConditionalFlow(3, context=2, blocks=1, hidden=4, seed=seed) for seed in (0, 0, 1))
    assert torch.equal(first.embed[0].weight, second.embed[0].weight)
    assert not torch.equal(first.embed[0].weight, other.embed[0].weight)
