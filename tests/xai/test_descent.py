from dataclasses import dataclass

import pytest
import torch
from torch import nn

from xai.descent import descend


@dataclass(frozen=True, kw_only=True)
class Schedule:
    steps: int = 60
    learning_rate: float = 0.1
    betas: tuple[float, float] = (0.9, 0.99)
    last_rate: float = 0.1
    check_every: int = 10
    patience: int = 2


class Point(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.place = nn.Parameter(torch.zeros(()))


def towards(target):
    return lambda model: (model.place - target).square()


def test_the_best_look_is_kept_and_a_rising_one_stops():
    seen = []
    model, looks, best = descend(Point(), towards(3.0), towards(1.0), Schedule(), lambda *step: seen.append(step))
    assert [step for step, _ in looks] == [0, 10, 20, 30] and best == 10
    assert torch.isclose((model.place - 1).square(), torch.tensor(min(loss for _, loss in looks)))
    assert not model.place.requires_grad and not model.training and seen[-1] == (30, 60)


def test_the_rate_falls_to_what_is_asked():
    rates = []
    model = Point()

    def loss(one):
        rates.append(one.place.item())
        return one.place * 1.0

    descend(model, loss, lambda one: one.place, Schedule(steps=11, betas=(0.0, 0.999)))
    steps = -torch.tensor(rates).diff()  # Adam moves by its rate where gradients are the same
    assert torch.allclose(steps, 0.1 * (1 - 0.9 / 11 * torch.arange(10)), atol=1e-4)


def test_what_is_not_finite_is_said():
    with pytest.raises(ValueError, match="expected finite gradients, got nan at step 1"):
        descend(Point(), lambda model: model.place * torch.nan, lambda model: model.place, Schedule())
    with pytest.raises(ValueError, match="expected a finite held-out loss, got inf"):
        descend(Point(), towards(1.0), lambda model: model.place + torch.inf, Schedule())
