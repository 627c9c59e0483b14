"""The class against all others keeps its probability, and both ways weigh the same."""

import torch
from torch import nn

from xai.attribution.probe import undisturbed
from xai.stylex.log_odds import LogOdds

LOGITS = torch.randn(20, 4, generator=torch.Generator().manual_seed(0)).double() * 3


def test_the_probability_is_the_classifiers() -> None:
    for label in range(4):
        seen = LogOdds(lambda logits: logits, label=label)(LOGITS)
        assert torch.allclose(seen.softmax(1)[:, 1], LOGITS.softmax(1)[:, label])


def test_of_two_classes_it_is_the_difference_of_logits_and_decides_alike() -> None:
    two = LOGITS[:, :2]
    seen = LogOdds(lambda logits: logits, label=1)(two)
    assert torch.allclose(seen[:, 1], two[:, 1] - two[:, 0])
    assert torch.equal(seen.argmax(1), two.argmax(1))
    assert torch.allclose(seen, -LogOdds(lambda logits: logits, label=0)(two))


def test_from_the_other_side_it_is_the_opposite() -> None:
    view = LogOdds(lambda logits: logits, label=3)
    assert torch.allclose(view.reversed()(LOGITS), -view(LOGITS))
    assert torch.equal(view.reversed().reversed()(LOGITS), view(LOGITS))


def test_a_network_inside_is_evaluated_as_one_outside() -> None:
    network = nn.Sequential(nn.Linear(4, 4), nn.Dropout(0.5))
    view = LogOdds(network, label=0).train()
    with undisturbed(view):
        assert not network.training
        assert torch.equal(view(LOGITS.float()), view(LOGITS.float()))
    assert network.training
