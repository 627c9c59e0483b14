"""A small classifier of colours, and an autoencoder that has learned nothing."""

import torch
from torch import Tensor, nn

from xai.invariances import Autoencoder, Layers

__all__ = ["colour_layers", "untrained"]


class Colours(nn.Module):
    """Pooled colours, then logits; what follows the first layer works in place."""

    def __init__(self) -> None:
        super().__init__()
        self.pool = nn.AvgPool2d(4)
        self.mean = nn.Flatten()
        self.head = nn.Linear(3 * 16, 3)
        with torch.no_grad():
            self.head.weight.copy_(torch.eye(3).repeat_interleave(16, 1))
            self.head.bias.zero_()

    def forward(self, images: Tensor) -> Tensor:
        images = images.float() / 255 if images.dtype == torch.uint8 else images
        logits: Tensor = self.head(self.mean(self.pool(images).sub_(0.5)))
        return logits


def colour_layers() -> Layers:
    network = Colours().eval()
    return Layers(network, {"pool": network.pool, "mean": network.mean})


def untrained() -> Autoencoder:
    return Autoencoder((16, 16), code=4, width=4).eval().requires_grad_(requires_grad=False)
