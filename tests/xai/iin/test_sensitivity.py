"""A head that reads one factor is sensitive to it, and to no other."""

import pytest
import torch
from torch import Tensor

from tests.xai.iin.gaussian_pairs import normal
from xai.iin.network import InterpretationNetwork, fit_whitened
from xai.iin.pairs import RESIDUAL
from xai.iin.sensitivity import factor_sensitivity, swap_effect


def generator() -> torch.Generator:
    return torch.Generator().manual_seed(0)


@pytest.fixture
def network() -> InterpretationNetwork:
    return fit_whitened(normal(400, 5), {"cause": 1, "other": 2})


def head_of(network: InterpretationNetwork, gain: float = 3.0):
    """Logits 0 and 3 times the cause."""

    def head(features: Tensor) -> Tensor:
        cause = network(features).factors[:, network.columns("cause")]
        return torch.cat([torch.zeros_like(cause), gain * cause], 1)

    return head


def test_only_the_cause_moves_logits_and_decisions(network: InterpretationNetwork) -> None:
    features = normal(200, 5, seed=1)
    found = factor_sensitivity(network, head_of(network), features, generator=generator(), draws=200)
    assert set(found) == {"cause", "other", RESIDUAL}
    cause = found["cause"]
    assert cause.changed.value == pytest.approx(0.5, abs=0.08)
    assert cause.changed.n == 200
    assert [one.value for one in cause.spread] == pytest.approx([0, 3], abs=0.4)
    assert [one.value for one in cause.decisions] == pytest.approx([0.5, 0.5], abs=0.1)
    before = head_of(network)(features).argmax(1).double().mean().item()
    for name in ("other", RESIDUAL):
        assert (found[name].changed.value, found[name].changed.high) == (0, 0)
        assert max(one.high for one in found[name].spread) < 1e-9
        assert found[name].decisions[1].value == pytest.approx(before)
        assert found[name].decisions[1].low < before < found[name].decisions[1].high


def test_values_may_come_from_a_pool(network: InterpretationNetwork) -> None:
    features, pool = normal(50, 5, seed=1), normal(300, 5, seed=2)
    positive = pool[network(pool).factors[:, 0] > 0]
    found = factor_sensitivity(network, head_of(network), features, generator=generator(), draws=20, pool=positive)
    assert found["cause"].decisions[1].value == 1


def test_a_swap_of_the_cause_gives_the_donors_decision(network: InterpretationNetwork) -> None:
    features, donors = normal(200, 5, seed=1), normal(200, 5, seed=2)
    head = head_of(network)
    differ = (head(features).argmax(1) != head(donors).argmax(1)).double().mean().item()
    cause = swap_effect(network, head, features, donors, "cause")
    assert cause.changed.value == pytest.approx(differ)
    assert cause.changed.low < differ < cause.changed.high
    assert cause.to_donor is not None
    assert (cause.to_donor.value, cause.to_donor.n) == (1, round(200 * differ))
    other = swap_effect(network, head, features, donors, "other")
    assert other.to_donor is not None
    assert other.changed.value == other.to_donor.value == 0
    alike = swap_effect(network, head, features, features, "cause")
    assert alike.to_donor is None
