"""The pair loss is the likelihood that it claims to be."""

import pytest
import torch
from torch.distributions import MultivariateNormal

from tests.xai.iin.gaussian_pairs import RHO, normal
from xai.flows import negative_log_likelihood
from xai.iin.losses import pair_negative_log_likelihood, shared_dimensions


def test_it_is_the_density_of_the_joint_normal() -> None:
    v, w = normal(4, 3), normal(4, 3, seed=1)
    shared = torch.tensor([[1, 0, 1], [0, 0, 0], [1, 1, 1], [0, 1, 0]], dtype=torch.bool)
    logdets = normal(4, seed=2), normal(4, seed=3)
    found = pair_negative_log_likelihood((v, logdets[0]), (w, logdets[1]), shared, correlation=RHO)
    for row in range(4):
        covariance = torch.eye(6).double()
        for column in range(3):
            covariance[column, column + 3] = covariance[column + 3, column] = RHO * shared[row, column]
        density = MultivariateNormal(torch.zeros(6).double(), covariance)
        expected = -density.log_prob(torch.cat([v[row], w[row]])) - logdets[0][row] - logdets[1][row]
        assert found[row].item() == pytest.approx(expected.item())


def test_without_correlation_or_anything_shared_it_is_the_density_of_both() -> None:
    first, second = ((normal(5, 3, seed=s), normal(5, seed=s + 1)) for s in (0, 2))
    alone = negative_log_likelihood(*first) + negative_log_likelihood(*second)
    nothing, everything = torch.zeros(5, 3, dtype=torch.bool), torch.ones(5, 3, dtype=torch.bool)
    assert torch.allclose(pair_negative_log_likelihood(first, second, nothing, correlation=0.9), alone)
    assert torch.allclose(pair_negative_log_likelihood(first, second, everything, correlation=0.0), alone)


def test_the_correlation_of_the_pairs_is_the_likeliest() -> None:
    v = normal(3000, 2)
    w = 0.8 * v + 0.6 * normal(3000, 2, seed=1)
    zero, shared = torch.zeros(3000), torch.ones(3000, 2, dtype=torch.bool)
    losses = {
        rho: pair_negative_log_likelihood((v, zero), (w, zero), shared, correlation=rho).mean().item()
        for rho in (0.0, 0.5, 0.7, 0.8, 0.9, 0.975)
    }
    assert min(losses, key=losses.__getitem__) == 0.8


def test_shares_spread_over_dimensions_and_certainty_is_refused() -> None:
    shared = torch.tensor([[True, False, True], [False, True, False]])
    assert shared_dimensions(shared, (2, 0, 1)).tolist() == [[True, True, True], [False, False, False]]
    one = normal(1, 2), torch.zeros(1)
    with pytest.raises(ValueError, match="expected `correlation` in 0 <= rho < 1, got 1"):
        pair_negative_log_likelihood(one, one, torch.ones(1, 2, dtype=torch.bool), correlation=1)
