"""What the tests of StylEx share: the smallest system there is, and images of two kinds."""

import torch
from torch import Tensor, nn

from xai.stylex import Architecture, StylExTraining, TrainingRecipe

TINY = Architecture(
    side=8, content=4, channels=(6, 5), convolutions=(1, 2), trunk=(6,), hidden=8, mapping=2
)  # S = 6 + 6 + 5, and 6 + 5 for colours


class Brightness(nn.Module):
    """Two logits from the mean of the left half, with a map on the way."""

    def __init__(self) -> None:
        super().__init__()
        self.pool = nn.AvgPool2d(4)
        self.scale = nn.Parameter(torch.tensor(20.0))

    def forward(self, images: Tensor) -> Tensor:
        left = self.pool(images)[..., 0].mean((1, 2)) - 0.5
        return torch.stack([-left, left], dim=1) * self.scale


def halves(count: int, *, seed: int = 0) -> Tensor:
    """(N, 3, 8, 8) uint8 images with a dark or bright left half."""
    generator = torch.Generator().manual_seed(seed)
    images = torch.randint(100, 156, (count, 3, 8, 8), generator=generator, dtype=torch.uint8)
    images[::2, :, :, :4] += 90
    images[1::2, :, :, :4] -= 90
    return images


def training(recipe: TrainingRecipe, *, seed: int = 0) -> StylExTraining:
    """A training of the smallest system."""
    return StylExTraining(
        Brightness(), halves(32, seed=seed), architecture=TINY, recipe=recipe, weights_hash="brightness"
    )
