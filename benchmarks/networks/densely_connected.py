"""DenseNet and DenseNet-BC for 32-pixel images.

Reference:
    Huang et al., "Densely Connected Convolutional Networks", CVPR 2017, section 3, https://arxiv.org/abs/1608.06993
"""

from collections.abc import Iterator

import torch
from torch import Tensor, nn

__all__ = ["DenseNet"]


class _Layer(nn.Module):
    """Norm, ReLU and convolution, with a 1x1 bottleneck before it in the BC form; joins its input."""

    def __init__(self, inputs: int, growth: int, *, bottleneck: bool) -> None:
        super().__init__()
        self.reduce: nn.Module = nn.Identity()
        width = inputs
        if bottleneck:
            width = 4 * growth
            self.reduce = nn.Sequential(nn.BatchNorm2d(inputs), nn.ReLU(), nn.Conv2d(inputs, width, 1, bias=False))
        self.norm = nn.BatchNorm2d(width)
        self.relu = nn.ReLU()
        self.conv = nn.Conv2d(width, growth, 3, padding=1, bias=False)

    def forward(self, features: Tensor) -> Tensor:
        return torch.cat((features, self.conv(self.relu(self.norm(self.reduce(features))))), dim=1)


class DenseNet(nn.Module):
    """DenseNet of three blocks for 32-pixel images, without dropout.

    Args:
        depth: layers: 3 n + 4, or 6 n + 4 in the BC form.
        growth: rate k, channels that each layer adds.
        classes: K logits.
        compressed: the BC form: bottlenecks, transitions that halve the channels, a stem of 2 k channels.

    Raises:
        ValueError: no such depth.
    """

    def __init__(self, depth: int, growth: int, classes: int, *, compressed: bool) -> None:
        super().__init__()
        step = 6 if compressed else 3
        if depth < step + 4 or (depth - 4) % step:
            raise ValueError(f"expected `depth` of {step} n + 4, got {depth}")
        channels = 2 * growth if compressed else 16
        parts: list[nn.Module] = [nn.Conv2d(3, channels, 3, padding=1, bias=False)]
        for block in range(3):
            if block:
                outputs = channels // 2 if compressed else channels
                parts += _transition(channels, outputs)
                channels = outputs
            for _ in range((depth - 4) // step):
                parts.append(_Layer(channels, growth, bottleneck=compressed))
                channels += growth
        self.features = nn.Sequential(*parts)
        self.norm = nn.BatchNorm2d(channels)
        self.relu = nn.ReLU()
        self.head = nn.Linear(channels, classes)
        _initialise(self)

    def forward(self, images: Tensor) -> Tensor:
        """Map normalised (N, 3, H, W) images to (N, K) logits."""
        logits: Tensor = self.head(self.relu(self.norm(self.features(images))).mean((2, 3)))
        return logits


def _transition(inputs: int, outputs: int) -> Iterator[nn.Module]:
    yield nn.BatchNorm2d(inputs)
    yield nn.ReLU()
    yield nn.Conv2d(inputs, outputs, 1, bias=False)
    yield nn.AvgPool2d(2)


def _initialise(network: nn.Module) -> None:
    for module in network.modules():
        if isinstance(module, nn.Conv2d):
            nn.init.kaiming_normal_(module.weight)
        elif isinstance(module, nn.Linear):
            nn.init.zeros_(module.bias)
