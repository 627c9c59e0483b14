"""ResNeXt for 32-pixel images.

"ResNeXt-29 32x4" of the AugMix tables is, in the code that made them, a network of cardinality 4 and base width 32;
that is what ``resnext29_32x4`` makes here.

Reference:
    Xie et al., "Aggregated Residual Transformations for Deep Neural Networks", CVPR 2017, section 5.3,
    https://arxiv.org/abs/1611.05431
"""

from torch import Tensor, nn

__all__ = ["ResNeXt"]

_EXPANSION = 4


class _Block(nn.Module):
    def __init__(self, inputs: int, planes: int, *, cardinality: int, base_width: int, stride: int) -> None:
        super().__init__()
        inner, outputs = planes * base_width // 64 * cardinality, planes * _EXPANSION
        self.conv1 = nn.Conv2d(inputs, inner, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(inner)
        self.conv2 = nn.Conv2d(inner, inner, 3, stride=stride, padding=1, groups=cardinality, bias=False)
        self.bn2 = nn.BatchNorm2d(inner)
        self.conv3 = nn.Conv2d(inner, outputs, 1, bias=False)
        self.bn3 = nn.BatchNorm2d(outputs)
        self.relu = nn.ReLU()
        self.downsample = None
        if stride != 1 or inputs != outputs:
            shortcut = nn.Conv2d(inputs, outputs, 1, stride=stride, bias=False)
            self.downsample = nn.Sequential(shortcut, nn.BatchNorm2d(outputs))

    def forward(self, features: Tensor) -> Tensor:
        residual = self.relu(self.bn1(self.conv1(features)))
        residual = self.relu(self.bn2(self.conv2(residual)))
        residual = self.bn3(self.conv3(residual))
        shortcut = features if self.downsample is None else self.downsample(features)
        joined: Tensor = self.relu(residual + shortcut)
        return joined


class ResNeXt(nn.Module):
    """ResNeXt of three stages.

    Args:
        depth: 9 n + 2 layers, n blocks a stage.
        cardinality: groups of the middle convolutions.
        base_width: channels of a group in the first stage.
        classes: K logits.

    Raises:
        ValueError: no such depth.
    """

    def __init__(self, depth: int, cardinality: int, base_width: int, classes: int) -> None:
        super().__init__()
        if depth < 11 or (depth - 2) % 9:
            raise ValueError(f"expected `depth` of 9 n + 2, got {depth}")
        self.conv1 = nn.Conv2d(3, 64, 3, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(64)
        self.relu = nn.ReLU()
        stages, inputs = [], 64
        for planes, first_stride in ((64, 1), (128, 2), (256, 2)):
            blocks = []
            for index in range((depth - 2) // 9):
                stride = 1 if index else first_stride
                blocks.append(_Block(inputs, planes, cardinality=cardinality, base_width=base_width, stride=stride))
                inputs = planes * _EXPANSION
            stages.append(nn.Sequential(*blocks))
        self.stages = nn.ModuleList(stages)
        self.head = nn.Linear(inputs, classes)
        _initialise(self)

    def forward(self, images: Tensor) -> Tensor:
        """Map normalised (N, 3, H, W) images to (N, K) logits."""
        features = self.relu(self.bn1(self.conv1(images)))
        for stage in self.stages:
            features = stage(features)
        logits: Tensor = self.head(features.mean((2, 3)))
        return logits


def _initialise(network: nn.Module) -> None:
    for module in network.modules():
        if isinstance(module, nn.Conv2d):
            nn.init.kaiming_normal_(module.weight, mode="fan_out", nonlinearity="relu")
        elif isinstance(module, nn.Linear):
            nn.init.kaiming_normal_(module.weight)
            nn.init.zeros_(module.bias)
