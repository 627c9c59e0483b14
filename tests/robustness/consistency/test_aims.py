import pytest
import torch

from robustness.consistency.aims import Aim, likely_wrong_classes
from robustness.consistency.features import log_odds
from robustness.consistency.scores import agreement_rate, tta_confidence
from tests.robustness.consistency.test_scores import random_logits

LABELS = torch.tensor([0, 1, 2, 3, 4, 0])


def test_likely_wrong_classes_equal_a_plain_ranking():
    logits = random_logits()
    for row, label, ranking in zip(logits, LABELS.tolist(), likely_wrong_classes(logits, LABELS).tolist(), strict=True):
        chances = row.log_softmax(1).mean(0)
        assert ranking == sorted(set(range(5)) - {label}, key=lambda k: -float(chances[k]))


def test_two_classes_leave_one_wrong_one():
    assert likely_wrong_classes(torch.zeros(2, 3, 2), torch.tensor([0, 1])).tolist() == [[1], [0]]


def follow(aim, logits, score, steps=400, length=0.1):
    for _ in range(steps):
        logits = logits + length * aim.pull(score, logits).direction
    return aim.pull(score, logits)


@pytest.mark.parametrize("copies_weight", [0.0, 1.0])
@pytest.mark.parametrize("targets", [None, torch.tensor([1, 2, 3, 4, 0, 1])], ids=["any", "fixed"])
def test_following_the_pull_fools_and_earns_trust(copies_weight, targets):
    aim = Aim(labels=LABELS, targets=targets, copies_weight=copies_weight, margin=1.0)
    end = follow(aim, random_logits(), lambda logits: log_odds(logits).mean(1))
    assert bool(end.fooled.all())
    assert float(end.scores.min()) > 3


def test_a_score_that_saturates_needs_the_copies_to_be_pushed():
    """The averaged probability has no slope where a copy is sure of another class."""
    labels, scores = LABELS, []
    for weight in (0.0, 1.0):
        aim = Aim(labels=labels, targets=None, copies_weight=weight, margin=1.0)
        scores.append(follow(aim, 3 * random_logits(), tta_confidence, steps=500).scores.min())
    assert scores[0] < 0.7 < scores[1]


def test_the_score_pulls_only_where_the_target_is_reached():
    logits = torch.zeros(2, 3, 4, dtype=torch.float64)
    logits[:, 0, 1] = 1.0
    aim = Aim(labels=torch.tensor([1, 0]), targets=torch.tensor([2, 1]), copies_weight=0.0, margin=1.0)
    pull = aim.pull(tta_confidence, logits)
    assert pull.fooled.tolist() == [False, True]
    assert float(pull.direction[0, 1:].abs().max()) == 0  # copies are the score's alone
    assert float(pull.direction[1, 1:, 1].min()) > 0
    assert pull.direction[0, 0].tolist() == pytest.approx([0, -(0.5**0.5), 0.5**0.5, 0])


def test_both_aims_are_equally_strong_for_every_image():
    logits = random_logits() * torch.logspace(-3, 1, 6, dtype=torch.float64).view(-1, 1, 1)
    aim = Aim(labels=logits[:, 0].argmax(1), targets=None, copies_weight=1.0, margin=100.0)
    lengths = aim.pull(tta_confidence, logits).direction.flatten(1).norm(dim=1)
    assert torch.allclose(lengths, torch.ones(6, dtype=torch.float64))  # nobody is fooled: one aim, of length 1


def test_a_margin_once_reached_pulls_no_more():
    logits = torch.zeros(1, 2, 3, dtype=torch.float64)
    logits[..., 2] = 1.5
    aim = Aim(labels=torch.tensor([0]), targets=torch.tensor([2]), copies_weight=1.0, margin=1.0)
    assert float(aim.pull(agreement_rate, logits).direction.abs().max()) == 0


def test_a_score_without_gradient_leaves_the_classifiers_aim():
    aim = Aim(labels=LABELS, targets=None, copies_weight=1.0, margin=0.5)
    end = follow(aim, random_logits(), agreement_rate)
    assert bool(end.fooled.all())
    assert end.scores.tolist() == [1.0] * 6
