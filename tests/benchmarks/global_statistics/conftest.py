"""Classifiers that read nothing but statistics, nothing of them, or what a network reads."""

import pytest
import torch
from torch import Tensor, nn

__all__ = ["Arrangement", "Convolutions", "MeanColour", "pictures"]


class MeanColour(nn.Module):
    """Tells red, green and blue images apart by their mean alone."""

    def forward(self, images: Tensor) -> Tensor:
        return images.mean(dim=(2, 3))


class Arrangement(nn.Module):
    """Tells where an image is brighter than its own mean; blind to level and contrast."""

    def forward(self, images: Tensor) -> Tensor:
        relative = nn.functional.instance_norm(images).mean(dim=1)
        left, right = relative.chunk(2, dim=2)
        return torch.stack([left.mean(dim=(1, 2)), right.mean(dim=(1, 2))], dim=1)


class Convolutions(nn.Module):
    """A stem and two blocks whose maps halve, then an average and a head."""

    def __init__(self, classes: int = 3) -> None:
        super().__init__()
        self.stem = nn.Conv2d(3, 4, 3, padding=1)
        self.first = nn.Sequential(nn.Conv2d(4, 6, 3, stride=2, padding=1), nn.BatchNorm2d(6), nn.ReLU())
        self.second = nn.Sequential(nn.Conv2d(6, 8, 3, stride=2, padding=1), nn.BatchNorm2d(8), nn.ReLU())
        self.squeeze = nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Conv2d(8, 8, 1))
        self.head = nn.Linear(8, classes)

    def forward(self, images: Tensor) -> Tensor:
        logits: Tensor = self.head(self.squeeze(self.second(self.first(self.stem(images)))).flatten(1))
        return logits


def pictures(count: int, seed: int = 0, side: int = 8) -> tuple[Tensor, list[int]]:
    """Noisy grey images with one channel brighter: (count, 3, side, side) uint8, and which channel it is."""
    generator = torch.Generator().manual_seed(seed)
    labels = torch.randint(3, (count,), generator=generator)
    noise = 12 * torch.randn(count, 3, side, side, generator=generator)
    colour = 40.0 * nn.functional.one_hot(labels, 3)[:, :, None, None]
    return (100 + colour + noise).clamp(0, 255).to(torch.uint8), labels.tolist()


@pytest.fixture
def network() -> Convolutions:
    """Random weights, with statistics of the pictures, so that its answers differ."""
    torch.manual_seed(0)
    module, images = Convolutions(), pictures(64, seed=9)[0].float() / 255
    with torch.no_grad():
        for _ in range(60):
            module(images)
        module.head.bias -= module.eval()(images).mean(dim=0)
    return module
