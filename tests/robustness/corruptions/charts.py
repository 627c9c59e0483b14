"""The synthetic test image behind the golden values, and the three statistics that describe a result."""

import numpy as np
import torch
from torch import Tensor


def chart(size: int) -> Tensor:
    """(1, 3, size, size) uint8: a horizontal ramp, a vertical ramp, an 8-pixel chessboard."""
    y, x = np.mgrid[:size, :size]
    bands = 255 * x // (size - 1), 255 * y // (size - 1), 255 * ((x // 8 + y // 8) % 2)
    return torch.from_numpy(np.stack(bands).astype(np.uint8))[None]


def statistics(corrupted: Tensor, clean: Tensor) -> tuple[float, float, float]:
    """Mean, standard deviation and mean absolute difference to the clean image, in grey levels."""
    result = corrupted.double()
    return (
        result.mean().item(),
        result.std(correction=0).item(),
        (result - clean.double()).abs().mean().item(),
    )


def random_images(*shape: int, seed: int = 0) -> Tensor:
    """Uniformly random uint8 pixels."""
    generator = torch.Generator().manual_seed(seed)
    return torch.randint(0, 256, shape, dtype=torch.uint8, generator=generator)


def drops() -> Tensor:
    """(1, 90, 120) uint8: six paraboloid drops on black, in whole numbers; for edges and distances."""
    y, x = np.mgrid[:90, :120]
    depth = np.zeros((90, 120), np.int64)
    places = [(20, 25, 14), (55, 40, 22), (30, 90, 18), (75, 95, 9), (48, 80, 3), (85, 5, 12)]
    for i, (row, column, radius) in enumerate(places):
        squared = (y - row) ** 2 + (x - column) ** 2
        drop = 176 + 11 * i % 70 - squared * 40 // radius**2
        depth = np.maximum(depth, np.where(squared < radius**2, drop, 0))
    return torch.from_numpy(depth.astype(np.uint8))[None]
