"""Gradient descent with an early stop: the state kept is the best on examples that training does not see."""

import copy
import math
from collections.abc import Callable
from typing import Protocol, TypeVar

import torch
from torch import Tensor, nn

__all__ = ["Progress", "Schedule", "descend"]

_LARGEST_STEP = 1.0  # norm of the gradient
_REMEDY = "lower `learning_rate`, or raise `noise`"

Progress = Callable[[int, int], None]
"""Called with the steps done and their number."""

Model = TypeVar("Model", bound=nn.Module)


class Schedule(Protocol):
    """What a descent asks of a recipe.

    Attributes:
        steps: at most.
        learning_rate: of Adam, at the first step.
        betas: of Adam.
        last_rate: the last step's learning rate as a fraction of the first one's; linear in between.
        check_every: steps between looks at the held-out loss.
        patience: looks without a gain after which training stops.
    """

    @property
    def steps(self) -> int: ...  # noqa: D102
    @property
    def learning_rate(self) -> float: ...  # noqa: D102
    @property
    def betas(self) -> tuple[float, float]: ...  # noqa: D102
    @property
    def last_rate(self) -> float: ...  # noqa: D102
    @property
    def check_every(self) -> int: ...  # noqa: D102
    @property
    def patience(self) -> int: ...  # noqa: D102


def descend(
    model: Model,
    batch_loss: Callable[[Model], Tensor],
    held_out_loss: Callable[[Model], Tensor],
    schedule: Schedule,
    progress: Progress | None = None,
) -> tuple[Model, tuple[tuple[int, float], ...], int]:
    """Train a model; it is frozen in its best state afterwards.

    Args:
        model: changed in place.
        batch_loss: of the model, on a batch that it draws.
        held_out_loss: of the model, on examples that training does not see.
        schedule: how long, and how fast.
        progress: told about every step.

    Returns:
        The model, (step, held-out loss) at every look, step 0 first, and the step of the lowest.

    Raises:
        ValueError: a gradient or held-out loss that is not finite.
    """
    optimiser = torch.optim.Adam(model.parameters(), lr=schedule.learning_rate, betas=schedule.betas, fused=True)
    fall = (1 - schedule.last_rate) / schedule.steps
    rates = torch.optim.lr_scheduler.LambdaLR(optimiser, lambda done: 1 - fall * done)
    looks = [(0, _look(model, held_out_loss))]
    best, state = 0, copy.deepcopy(model.state_dict())
    for step in range(1, schedule.steps + 1):
        optimiser.zero_grad()
        batch_loss(model).backward()
        norm = torch.nn.utils.clip_grad_norm_(model.parameters(), _LARGEST_STEP, foreach=True)
        if not norm.isfinite():
            raise ValueError(f"expected finite gradients, got {norm.item()} at step {step}; {_REMEDY}")
        optimiser.step()
        rates.step()
        if progress is not None:
            progress(step, schedule.steps)
        if step % schedule.check_every == 0 or step == schedule.steps:
            looks.append((step, _look(model, held_out_loss)))
            if looks[-1][1] < min(loss for _, loss in looks[:-1]):
                best, state = step, copy.deepcopy(model.state_dict())
            if step - best >= schedule.patience * schedule.check_every:
                break
    model.load_state_dict(state)
    return model.eval().requires_grad_(requires_grad=False), tuple(looks), best


def _look(model: Model, held_out_loss: Callable[[Model], Tensor]) -> float:
    with torch.no_grad():
        value = held_out_loss(model).item()
    if not math.isfinite(value):
        raise ValueError(f"expected a finite held-out loss, got {value}; {_REMEDY}")
    return value
