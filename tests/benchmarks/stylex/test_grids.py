"""The grid shows what it says, at the right places."""

import torch

from benchmarks.stylex.grids import sample_grid
from tests.xai.stylex.small import halves
from tests.xai.stylex.test_system import system


def test_rows_are_images_reconstructions_and_swaps() -> None:
    one, images = system(), halves(5)
    grid = sample_grid(one, images)
    assert grid.shape == (3, 28, 48)
    assert torch.equal(grid[:, :8, 10:18], images[1])
    made = (one.reconstruct(images) * 255).round().to(torch.uint8)
    swapped = (one.decode(one.condition_swapped(images)) * 255).round().to(torch.uint8)
    assert torch.equal(grid[:, 10:18, 40:48], made[4])
    assert torch.equal(grid[:, 20:28, :8], swapped[0])
    assert (grid[:, 8:10] == 255).all()
