"""Optimisers by name, and the learning rate of each step."""

import math
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import torch
from torch import Tensor
from torch.optim import SGD, AdamW, Optimizer

__all__ = ["OPTIMISERS", "cosine_rate", "load_optimiser", "optimiser_tensors", "step_down"]

OPTIMISERS: Mapping[str, Callable[..., Optimizer]] = {
    "sgd": partial(SGD, momentum=0.9, nesterov=True, fused=True),
    "adamw": partial(AdamW, fused=True),
}
"""Parameters, ``lr`` and ``weight_decay`` -> optimiser; fused, as small networks spend their time between kernels."""


def step_down(optimiser: Optimizer) -> None:
    """Take a step with fused kernels, which read memory in order: each gradient first gets its parameter's layout."""
    for group in optimiser.param_groups:
        for parameter in group["params"]:
            if parameter.grad is not None and parameter.grad.stride() != parameter.stride():
                parameter.grad = torch.empty_like(parameter).copy_(parameter.grad)
    optimiser.step()


def cosine_rate(step: int, *, steps: int, warmup: int, highest: float, final: float) -> float:
    """Learning rate of a step: a line up to ``highest``, then half a cosine to ``final`` at the last step.

    Example:
        >>> [round(cosine_rate(step, steps=5, warmup=2, highest=1.0, final=0.0), 3) for step in range(5)]
        [0.5, 1.0, 1.0, 0.5, 0.0]
    """
    if step < warmup:
        return highest * (step + 1) / warmup
    progress = (step - warmup) / max(steps - warmup - 1, 1)
    return final + (highest - final) * 0.5 * (1 + math.cos(math.pi * progress))


def optimiser_tensors(optimiser: Optimizer) -> dict[str, Tensor]:
    """The state of an optimiser as tensors by ``<parameter>.<name>``."""
    state: Mapping[int, Mapping[str, Any]] = optimiser.state_dict()["state"]
    return {
        f"{index}.{name}": value
        for index, entries in state.items()
        for name, value in entries.items()
        if isinstance(value, Tensor)
    }


def load_optimiser(optimiser: Optimizer, tensors: Mapping[str, Tensor]) -> None:
    """Put back what :func:`optimiser_tensors` took out; rates and decay are those of ``optimiser``."""
    parameters = [parameter for group in optimiser.param_groups for parameter in group["params"]]
    state: dict[int, dict[str, Tensor]] = {}
    for key, value in tensors.items():
        index, name = key.split(".")
        like = parameters[int(index)]
        laid_out = torch.empty_like(like).copy_(value) if value.shape == like.shape else value  # as for gradients
        state.setdefault(int(index), {})[name] = laid_out
    optimiser.load_state_dict({"state": state, "param_groups": optimiser.state_dict()["param_groups"]})
