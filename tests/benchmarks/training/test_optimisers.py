import math

import pytest
import torch
from torch.optim import SGD, AdamW, Optimizer

from benchmarks.training.optimisers import (
    OPTIMISERS,
    cosine_rate,
    load_optimiser,
    optimiser_tensors,
    step_down,
)

PLAIN = {"sgd": lambda parameters, **options: SGD(parameters, momentum=0.9, nesterov=True, **options), "adamw": AdamW}


def test_the_rate_rises_and_falls_as_torch_says() -> None:
    steps, warmup = 50, 10
    parameter = torch.nn.Parameter(torch.zeros(1))
    optimiser = SGD([parameter], lr=0.3)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimiser, T_max=steps - warmup - 1, eta_min=1e-3)
    for step in range(steps):
        rate = cosine_rate(step, steps=steps, warmup=warmup, highest=0.3, final=1e-3)
        if step < warmup:
            assert rate == pytest.approx(0.3 * (step + 1) / warmup)
            continue
        assert rate == pytest.approx(optimiser.param_groups[0]["lr"])
        optimiser.step()
        schedule.step()


def test_a_single_step_has_a_rate() -> None:
    assert math.isfinite(cosine_rate(0, steps=1, warmup=0, highest=0.1, final=0.0))


def weights(seed: int) -> torch.nn.Parameter:
    values = torch.randn(4, 3, 3, 3, generator=torch.Generator().manual_seed(seed))
    return torch.nn.Parameter(values.contiguous(memory_format=torch.channels_last))


def run(optimiser: Optimizer, parameter: torch.nn.Parameter, steps: range) -> None:
    for step in steps:
        parameter.grad = torch.randn(parameter.shape, generator=torch.Generator().manual_seed(step))
        step_down(optimiser)


@pytest.mark.parametrize("name", OPTIMISERS)
def test_fused_steps_equal_plain_ones_whatever_the_layout_of_the_gradient(name: str) -> None:
    """torch's fused kernels read gradient and parameter side by side in memory: unlike layouts gave wrong weights."""
    fused, plain = weights(0), weights(0)
    run(OPTIMISERS[name]([fused], lr=0.1, weight_decay=0.01), fused, range(3))
    run(PLAIN[name]([plain], lr=0.1, weight_decay=0.01), plain, range(3))
    torch.testing.assert_close(fused, plain)


@pytest.mark.parametrize("name", OPTIMISERS)
def test_a_state_that_was_taken_out_goes_on_bit_by_bit(name: str) -> None:
    straight, halted = weights(0), weights(0)
    run(OPTIMISERS[name]([straight], lr=0.1, weight_decay=0.01), straight, range(6))
    first = OPTIMISERS[name]([halted], lr=0.1, weight_decay=0.01)
    run(first, halted, range(3))
    tensors = {
        key: value.clone(memory_format=torch.contiguous_format) for key, value in optimiser_tensors(first).items()
    }
    second = OPTIMISERS[name]([halted], lr=0.1, weight_decay=0.01)
    load_optimiser(second, tensors)
    run(second, halted, range(3, 6))
    assert torch.equal(straight, halted)
