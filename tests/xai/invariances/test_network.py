import math

import pytest
import torch

from tests.xai.invariances.gaussian_codes import gaussian_codes
from xai.invariances import InvarianceNetwork, fit_linear
from xai.invariances.conditional import ConditionalFlow


def bent(network, dtype=torch.float32):
    """The network with a flow that does something."""
    flow = ConditionalFlow(4, context=4, blocks=3, hidden=8).to(dtype)
    with torch.no_grad():
        for parameter in flow.parameters():
            parameter.add_(0.2 * torch.randn(parameter.shape, generator=torch.Generator().manual_seed(1)).to(dtype))
    return network.with_flow(flow)


@pytest.mark.parametrize(("dtype", "error"), [(torch.float32, 1e-4), (torch.float64, 1e-10)])
def test_codes_come_back(dtype, error):
    codes, features, _ = (x.to(dtype) for x in gaussian_codes(200))
    network = bent(fit_linear(codes, features, components=4), dtype)
    v, _ = network(codes, features)
    assert (network.inverse(v, features) - codes).abs().max() < error
    alone, _ = network(codes[:1], features[:1])
    assert torch.allclose(alone, v[:1], atol=error)


def test_the_log_determinant_is_that_of_the_jacobian():
    codes, features, _ = (x.double() for x in gaussian_codes(100))
    network = bent(fit_linear(codes, features, components=4), torch.float64)
    _, logdet = network(codes[:3], features[:3])
    for row in range(3):
        jacobian = torch.autograd.functional.jacobian(
            lambda code, row=row: network(code[None], features[row : row + 1])[0][0], codes[row]
        )
        assert math.isclose(torch.linalg.slogdet(jacobian).logabsdet, logdet[row], abs_tol=1e-8)


def test_the_baseline_is_the_gaussian_in_closed_form():
    found = gaussian_codes(20_000)
    network = fit_linear(found.codes, found.features, components=4)
    assert torch.allclose(network.spread @ network.spread.T, found.covariance, atol=0.03)
    test = gaussian_codes(2000, seed=1)
    means = (test.features - 1) / 3 * torch.tensor((1.5, 1.0, 0.5, 0.0))
    truth = torch.distributions.MultivariateNormal(means, found.covariance)
    assert torch.isclose(network.loss(test.codes, test.features).mean(), -truth.log_prob(test.codes).mean(), atol=0.01)
    v, _ = network(test.codes, test.features)
    joint = torch.corrcoef(torch.cat([v, test.features], 1).T)
    assert (joint[:4, 4:]).abs().max() < 0.07, "v does not tell what features tell"


def test_samples_have_the_features_and_swaps_the_donor():
    found = gaussian_codes(4000)
    network = fit_linear(found.codes, found.features, components=4)
    samples = network.sample(found.features[:50], draws=400, generator=torch.Generator().manual_seed(0))
    assert samples.shape == (400, 50, 4)
    assert torch.allclose(samples.var(0).mean(0), found.covariance.diagonal(), rtol=0.1)
    swapped = network.swap(found.codes[:50], found.features[:50], found.features[50:100])
    assert torch.allclose(
        network(swapped, found.features[50:100])[0], network(found.codes[:50], found.features[:50])[0], atol=1e-4
    )
    assert torch.allclose(network.swap(found.codes, found.features, found.features), found.codes, atol=1e-4)


def test_mistakes_are_said():
    codes, features, _ = gaussian_codes(20)
    with pytest.raises(ValueError, match=r"expected codes of shape \(20, d\), got \(19, 4\)"):
        fit_linear(codes[:19], features)
    with pytest.raises(ValueError, match="expected at least 9 images for codes of 4 and 4 conditions, got 8"):
        fit_linear(codes[:8], features[:8])
    with pytest.raises(ValueError, match="expected features that differ between images"):
        fit_linear(codes, torch.ones(20, 3))
    with pytest.raises(ValueError, match="expected finite features, got NaN or infinity in 1 of 20 rows"):
        fit_linear(codes, features.index_fill(0, torch.tensor([3]), torch.nan))
    network = fit_linear(codes, features)
    with pytest.raises(ValueError, match="expected a flow of 4 features and 4 conditions, got one of 4 and 3"):
        InvarianceNetwork(network.whitening, 4, ConditionalFlow(4, context=3, blocks=1, hidden=4))
