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
