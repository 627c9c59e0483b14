"""Features in which attributes are coded linearly, and a head that listens to some of them."""

import torch
from torch import Tensor

from benchmarks.concepts.attributes import Attribute, image_attribute
from benchmarks.concepts.fitting import split_images
from benchmarks.concepts.measuring import Question

__all__ = ["coded_attributes", "coded_question"]

DIMENSIONS = 8


def coded_attributes(count: int, seed: int = 0) -> list[Attribute]:
    """A binary mark, a size, and a coin that shows nowhere."""
    generator = torch.Generator().manual_seed(seed)
    mark = torch.randint(2, (count,), generator=generator)
    size = torch.randn(count, generator=generator, dtype=torch.float64)
    coin = torch.randint(2, (count,), generator=generator)
    named = {"mark": mark, "size": size, "coin": coin}
    return [image_attribute(name, values.numpy(), source="here") for name, values in named.items()]


def coded_question(count: int = 600, seed: int = 0) -> Question:
    """Mark and size in rotated features; two classes, by the mark alone."""
    known = coded_attributes(count, seed)
    generator = torch.Generator().manual_seed(seed + 1)
    turn = torch.linalg.qr(torch.randn(DIMENSIONS, DIMENSIONS, generator=generator)).Q
    latent = torch.randn(count, DIMENSIONS, generator=generator)
    latent[:, 0] = 2.0 * known[0].values.float() - 1 + 0.1 * latent[:, 0]
    latent[:, 1] = known[1].values.float() + 0.1 * latent[:, 1]

    def head(features: Tensor) -> Tensor:
        mark = 5 * (features @ turn)[:, :1]
        return torch.cat([-mark, mark], 1)

    return Question(
        features=latent @ turn.T,
        attributes=known,
        split=split_images(torch.arange(count), seed=seed),
        head=head,
        class_names=("plain", "marked"),
        whole=count,
        seed=seed,
    )
