"""An optimiser that was taken apart goes on as it would have."""

import torch
from torch import nn

from xai.stylex.states import load_optimiser, optimiser_tensors


def test_the_next_step_is_the_same() -> None:
    first, second = nn.Linear(3, 2), nn.Linear(3, 2)
    optimisers = [torch.optim.Adam(one.parameters(), lr=0.1) for one in (first, second)]
    images = torch.rand(5, 3)
    for _ in range(3):
        first(images).square().sum().backward()
        optimisers[0].step()
    second.load_state_dict(first.state_dict())
    load_optimiser(optimisers[1], optimiser_tensors(optimisers[0]))
    for one, optimiser in zip((first, second), optimisers, strict=True):
        optimiser.zero_grad()
        one(images).square().sum().backward()
        optimiser.step()
    assert torch.equal(first.weight, second.weight)
