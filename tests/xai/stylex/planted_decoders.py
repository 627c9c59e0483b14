"""Decoders and classifiers whose attributes are known, because they were put there."""

import torch
from torch import Tensor, nn

S = 12
CAUSES = {7: 3.0, 2: -2.0, 10: 1.0}  # coordinate -> weight in the logit of class 1, exactly
_PATTERNS = torch.linalg.qr(torch.randn(48, S, generator=torch.Generator().manual_seed(0)).double()).Q.T


def decode(styles: Tensor) -> Tensor:
    """Orthogonal patterns of 3 x 4 x 4 pixels, one for each coordinate."""
    return (0.5 + styles.double() @ _PATTERNS.to(styles.device)).view(-1, 3, 4, 4)


def classifier(images: Tensor) -> Tensor:
    """Logits 0 and the weighted sum of the causes, whose gradient is the weights."""
    read = (images.flatten(1) - 0.5) @ _PATTERNS.T
    score = sum(weight * read[:, place] for place, weight in CAUSES.items())
    return torch.stack([torch.zeros_like(read[:, 0]), score], 1)  # type: ignore[arg-type]


def styles(n: int, *, seed: int = 0, size: int = S) -> Tensor:
    return torch.randn(n, size, generator=torch.Generator().manual_seed(seed)).double()


class Bent(nn.Module):
    """A decoder of two layers with a kink, whose first coordinates do far more than the others."""

    def __init__(self, size: int = 60) -> None:
        super().__init__()
        generator = torch.Generator().manual_seed(1)
        scale = 2.0 / (1 + torch.arange(size)) ** 0.7
        self.first = torch.randn(size, 64, generator=generator).double() * scale[:, None]
        self.second = torch.randn(64, 48, generator=generator).double() / 8

    def forward(self, styles: Tensor) -> Tensor:
        return torch.sigmoid(torch.relu(styles @ self.first + 0.5) @ self.second).view(-1, 3, 4, 4)


class Reader(nn.Module):
    """Three classes from a small network, in double precision."""

    def __init__(self) -> None:
        super().__init__()
        generator = torch.Generator().manual_seed(2)
        self.first = torch.randn(48, 16, generator=generator).double() / 2
        self.second = torch.randn(16, 3, generator=generator).double()

    def forward(self, images: Tensor) -> Tensor:
        return torch.tanh((images.flatten(1) - 0.5) @ self.first) @ self.second
