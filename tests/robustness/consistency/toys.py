"""Logits of a made-up classifier whose errors show in the copies alone, and a small one on real pixels."""

import torch
from torch import Tensor, nn

from robustness.consistency.adaptive import Defence
from robustness.consistency.scores import tta_confidence
from robustness.consistency.transforms import Transform


def fickle_logits(rows: int, *, copies: int = 4, classes: int = 5, seed: int = 0) -> tuple[Tensor, Tensor]:
    """(N, T + 1, K) logits and (N,) whether right: every fourth is wrong, and its copies fall off."""
    generator = torch.Generator().manual_seed(seed)
    correct = torch.arange(rows) % 4 != 0
    original = torch.randn(rows, 1, classes, generator=generator)
    unrest = 0.7 * torch.randn(rows, copies, classes, generator=generator)
    predicted = torch.nn.functional.one_hot(original.argmax(2), classes)
    fall = torch.where(correct, 0.0, 1.5).view(-1, 1, 1) * predicted
    return torch.cat([original, original + unrest - fall], 1), correct


class Stripes(nn.Module):
    """Two classes on 8x8 pixels: bright left half, or bright right half; smooth and not linear."""

    def forward(self, images: Tensor) -> Tensor:
        contrast = images[..., :4].mean((1, 2, 3)) - images[..., 4:].mean((1, 2, 3))
        return torch.stack([torch.tanh(3 * contrast), torch.tanh(-3 * contrast)], 1) * 5


def stripes(count: int, *, seed: int = 0) -> tuple[Tensor, Tensor]:
    """(N, 3, 8, 8) float32 pixels and (N,) labels that :class:`Stripes` gets right."""
    generator = torch.Generator().manual_seed(seed)
    labels = torch.arange(count) % 2
    images = 0.5 + 0.05 * torch.randn(count, 3, 8, 8, generator=generator)
    for image, label in zip(images, labels.tolist(), strict=True):
        image[..., 4 * label : 4 * label + 4] += 0.2
    return images.clamp(0, 1), labels


def stripes_defence(score=tta_confidence) -> Defence:
    """The classifier of stripes with three transforms."""
    transforms = (Transform("contrast", (1.5,)), Transform("gamma", (0.7,)), Transform("shift", (0, 1)))
    return Defence(classifier=Stripes(), transforms=transforms, score=score)
