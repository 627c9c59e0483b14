"""Small classifiers to attack, made from a seed: a linear one, whose worst case has a formula, and a network."""

import torch
from torch import Tensor, nn

SIDE = 6


def photos(count: int, seed: int = 0, low: float = 0.0, high: float = 1.0) -> Tensor:
    """(N, 3, 6, 6) uniform in [low, high]."""
    generator = torch.Generator().manual_seed(seed)
    return low + (high - low) * torch.rand(count, 3, SIDE, SIDE, generator=generator)


@torch.no_grad()
def with_random_weights(module: nn.Sequential, seed: int, scale: float) -> nn.Module:
    """Draw all weights anew from N(0, scale), with a bias for which every class is predicted somewhere."""
    generator = torch.Generator().manual_seed(seed)
    for parameter in module.parameters():
        parameter.normal_(0, scale, generator=generator)
    module.eval()
    head = module[-1]
    assert isinstance(head, nn.Linear)
    head.bias.sub_(module(photos(500, seed=1234)).mean(0))
    return module


def linear(classes: int, seed: int = 0) -> nn.Module:
    """Logits that are linear in the pixels."""
    return with_random_weights(nn.Sequential(nn.Flatten(), nn.Linear(3 * SIDE * SIDE, classes)), seed, 0.5)


def network(classes: int, seed: int = 0) -> nn.Module:
    """A convolution, batch norm in evaluation mode, dropout that is off, and a head."""
    layers = [nn.Conv2d(3, 8, 3, padding=1), nn.BatchNorm2d(8), nn.ReLU(), nn.Dropout(), nn.Flatten()]
    return with_random_weights(nn.Sequential(*layers, nn.Linear(8 * SIDE * SIDE, classes)), seed, 0.3)


@torch.no_grad()
def answers(classifier: nn.Module, images: Tensor) -> Tensor:
    """(N,) predicted classes."""
    predicted: Tensor = classifier(images).argmax(1)
    return predicted


def weights_of_rival(classifier: nn.Module) -> Tensor:
    """(3, 6, 6): by how much each pixel raises class 1 over class 0 of a linear classifier."""
    weight = classifier.get_parameter("1.weight").detach()
    return (weight[1] - weight[0]).view(3, SIDE, SIDE)
