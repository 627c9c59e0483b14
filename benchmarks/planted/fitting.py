"""A small convolutional network and its training: seconds on one core, the same weights from the same seed."""

import math
from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor, nn

__all__ = ["Fitting", "convnet", "fit", "initialise"]

_WARM_UP = 0.2  # of the steps


@dataclass(frozen=True, kw_only=True)
class Fitting:
    """How a network is trained.

    Attributes:
        images: different training images.
        steps: optimiser steps.
        batch_size: images a step.
        learning_rate: highest, of a one-cycle schedule.
        weight_decay: of AdamW.
        seed: of initial weights and batches.
    """

    images: int = 16384
    steps: int = 400
    batch_size: int = 64
    learning_rate: float = 4e-3
    weight_decay: float = 0.05
    seed: int = 0

    def __post_init__(self) -> None:
        if min(self.images, self.steps, self.batch_size) < 1:
            raise ValueError(
                f"expected `images`, `steps` and `batch_size` of at least 1, "
                f"got {self.images}, {self.steps} and {self.batch_size}"
            )


def convnet(outputs: int, *, places: int = 1) -> nn.Sequential:
    """Four convolutions down to an eighth of the side, a pooling and a linear head.

    The last convolution, ``stage4``, keeps 4x4 places of a 32-pixel image, so that GradCAM has a map to show.

    Args:
        outputs: of the head.
        places: side of the grid that the pooling keeps: 1 for what is in the image, more for where it is, too.

    Returns:
        (N, 3, H, W) normalised images, sides of 16 and more -> (N, ``outputs``).
    """
    with torch.random.fork_rng(devices=[]):  # the layers draw weights that `initialise` replaces
        network = nn.Sequential()
        network.add_module("stage1", _stage(3, 16, kernel=5, stride=2))
        network.add_module("stage2", _stage(16, 32, kernel=3, stride=2))
        network.add_module("stage3", _stage(32, 48, kernel=3, stride=1))
        network.add_module("stage4", _stage(48, 64, kernel=3, stride=2))
        network.add_module("pool", nn.Sequential(nn.AdaptiveAvgPool2d(places), nn.Flatten()))
        network.add_module("head", nn.Linear(64 * places**2, outputs))
    return network


def _stage(inputs: int, outputs: int, *, kernel: int, stride: int) -> nn.Sequential:
    convolution = nn.Conv2d(inputs, outputs, kernel, stride=stride, padding=kernel // 2, bias=False)
    return nn.Sequential(convolution, nn.BatchNorm2d(outputs), nn.ReLU())


def initialise(module: nn.Module, generator: torch.Generator) -> None:
    """Draw all weights anew from ``generator`` (He et al. 2015); biases 0, scales of norms 1."""
    for name, parameter in module.named_parameters():
        with torch.no_grad():
            if parameter.ndim > 1:
                parameter.normal_(0, math.sqrt(2 / parameter[0].numel()), generator=generator)
            else:
                parameter.fill_(0.0 if name.endswith("bias") else 1.0)


def fit(
    module: nn.Module,
    loss: Callable[[Tensor], Tensor],
    fitting: Fitting,
    *,
    generator: torch.Generator,
    on_step: Callable[[int], None] = lambda _: None,
) -> None:
    """Train a module in place and leave it in evaluation mode.

    Args:
        module: its parameters are optimised.
        loss: (B,) positions of training images -> the loss to step down from.
        fitting: steps, batches and rates.
        generator: draws the batches, on the CPU.
        on_step: called after each step with 1.
    """
    module.train()
    optimiser = torch.optim.AdamW(module.parameters(), lr=fitting.learning_rate, weight_decay=fitting.weight_decay)
    for step in range(fitting.steps):
        for group in optimiser.param_groups:
            group["lr"] = fitting.learning_rate * _one_cycle(step / fitting.steps)
        value = loss(torch.randint(fitting.images, (fitting.batch_size,), generator=generator))
        optimiser.zero_grad()
        value.backward()
        optimiser.step()
        on_step(1)
    module.eval()


def _one_cycle(progress: float) -> float:
    """Linear rise, then half a cosine to zero."""
    if progress < _WARM_UP:
        return (progress + 0.01) / (_WARM_UP + 0.01)
    return 0.5 * (1 + math.cos(math.pi * (progress - _WARM_UP) / (1 - _WARM_UP)))
