"""Wide residual networks for 32-pixel images.

Reference:
    Zagoruyko and Komodakis, "Wide Residual Networks", BMVC 2016, table 1, https://arxiv.org/abs/1605.07146
"""

from torch import Tensor, nn

__all__ = ["WideResNet"]


class _Block(nn.Module):
    """Norm, ReLU and convolution twice; where width or size change, the shortcut starts after the first ReLU."""

    def __init__(self, inputs: int, outputs: int, stride: int) -> None:
        super().__init__()
        self.bn1 = nn.BatchNorm2d(inputs)
        self.conv1 = nn.Conv2d(inputs, outputs, 3, stride=stride, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(outputs)
        self.conv2 = nn.Conv2d(outputs, outputs, 3, padding=1, bias=False)
        self.relu = nn.ReLU()
        changes = stride != 1 or inputs != outputs
        self.shortcut = nn.Conv2d(inputs, outputs, 1, stride=stride, bias=False) if changes else None

    def forward(self, features: Tensor) -> Tensor:
        active = self.relu(self.bn1(features))
        residual: Tensor = self.conv2(self.relu(self.bn2(self.conv1(active))))
        return residual + (features if self.shortcut is None else self.shortcut(active))


class WideResNet(nn.Module):
    """WRN-``depth``-``widening`` without dropout.

    Args:
        depth: 6 n + 4 layers, n blocks in each of three groups.
        widening: factor k on the widths 16, 32 and 64.
        classes: K logits.

    Raises:
        ValueError: no such depth.
    """

    def __init__(self, depth: int, widening: int, classes: int) -> None:
        super().__init__()
        if depth < 10 or (depth - 4) % 6:
            raise ValueError(f"expected `depth` of 6 n + 4, got {depth}")
        widths = [16, *(width * widening for width in (16, 32, 64))]
        self.stem = nn.Conv2d(3, widths[0], 3, padding=1, bias=False)
        self.groups = nn.ModuleList(
            _group(inputs, outputs, count=(depth - 4) // 6, stride=stride)
            for inputs, outputs, stride in zip(widths, widths[1:], (1, 2, 2), strict=False)
        )
        self.norm = nn.BatchNorm2d(widths[-1])
        self.relu = nn.ReLU()
        self.head = nn.Linear(widths[-1], classes)
        _initialise(self)

    def forward(self, images: Tensor) -> Tensor:
        """Map normalised (N, 3, H, W) images to (N, K) logits."""
        features = self.stem(images)
        for group in self.groups:
            features = group(features)
        logits: Tensor = self.head(self.relu(self.norm(features)).mean((2, 3)))
        return logits


def _group(inputs: int, outputs: int, *, count: int, stride: int) -> nn.Sequential:
    blocks = [_Block(inputs if not index else outputs, outputs, 1 if index else stride) for index in range(count)]
    return nn.Sequential(*blocks)


def _initialise(network: nn.Module) -> None:
    for module in network.modules():
        if isinstance(module, nn.Conv2d):
            nn.init.kaiming_normal_(module.weight, mode="fan_out", nonlinearity="relu")
        elif isinstance(module, nn.Linear):
            nn.init.zeros_(module.bias)
