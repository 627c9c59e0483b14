"""Small networks with random weights, and images for them."""

import torch
from torch import Tensor, nn


def small_convnet(*, seed: int = 0, classes: int = 4) -> nn.Sequential:
    """Two convolutions with batch norm, pooling and ReLUs in place; in evaluation mode."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        network = nn.Sequential(
            nn.Conv2d(3, 8, 3, padding=1),
            nn.BatchNorm2d(8),
            nn.ReLU(inplace=True),
            nn.MaxPool2d(2),
            nn.Conv2d(8, 12, 3, padding=1),
            nn.ReLU(inplace=True),
            nn.AdaptiveAvgPool2d(1),
            nn.Flatten(),
            nn.Linear(12, classes),
        )
        nn.init.uniform_(network[1].get_buffer("running_mean"), -0.3, 0.3)
        nn.init.uniform_(network[1].get_buffer("running_var"), 0.2, 0.6)
    return network.eval()


def linear_classifier(*, side: int = 8, seed: int = 0) -> nn.Sequential:
    """Logits of three classes that are linear in the pixels."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        return nn.Sequential(nn.Flatten(), nn.Linear(3 * side * side, 3)).eval()


class _Attention(nn.Module):
    """One head of attention with the tokens as queries, keys and values."""

    def forward(self, tokens: Tensor) -> Tensor:
        return tokens + (tokens @ tokens.transpose(1, 2)).softmax(2) @ tokens


class TokenNet(nn.Module):
    """Patches of 4x4 pixels as tokens of ``width`` numbers, with ``prefix`` others in front, and one attention."""

    def __init__(self, *, prefix: int = 1, width: int = 6) -> None:
        super().__init__()
        self.patches = nn.Conv2d(3, width, 4, stride=4)
        self.front = nn.Parameter(torch.linspace(-1, 1, prefix * width).view(1, prefix, width))
        self.norm = nn.LayerNorm(width)
        self.attention = _Attention()
        self.head = nn.Linear(width, 3)

    def forward(self, images: Tensor) -> Tensor:
        tokens = self.patches(images).flatten(2).transpose(1, 2)
        tokens = torch.cat([self.front.expand(len(tokens), -1, -1), tokens], 1)
        logits: Tensor = self.head(self.attention(self.norm(tokens)).mean(1))
        return logits


def there(value: Tensor | None) -> Tensor:
    """What must not be None."""
    assert value is not None
    return value


def random_images(count: int, *, side: int = 16, seed: int = 1) -> Tensor:
    """(N, 3, side, side) float32 pixels in [0, 1]."""
    return torch.rand(count, 3, side, side, generator=torch.Generator().manual_seed(seed))
