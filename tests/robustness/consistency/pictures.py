"""Small images for the tests of the transforms."""

import torch
from torch import Tensor


def noise(count: int, height: int, width: int, *, seed: int = 0) -> Tensor:
    """(count, 3, height, width) float64 of uniform noise."""
    return torch.rand(count, 3, height, width, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def landscape(height: int, width: int) -> Tensor:
    """(1, 3, height, width) float64: a smooth picture, so that two interpolations of it agree closely."""
    y = torch.linspace(0, 3, height, dtype=torch.float64)[:, None]
    x = torch.linspace(0, 4, width, dtype=torch.float64)
    bands = [torch.sin(x + 0.5 * y), torch.cos(y - x), torch.sin(x * 0.7) * torch.cos(y)]
    return torch.stack(bands)[None] * 0.4 + 0.5
