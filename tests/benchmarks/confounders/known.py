"""A drawing whose autoencoder and classifier are known: codes are colours, the classifier reads the red one."""

import torch

from benchmarks.confounders.finding import Confounder
from benchmarks.invariances.pool import Pool
from benchmarks.invariances.running import Drawing
from tests.benchmarks.invariances.test_measuring import Flat
from xai.invariances import Layers

__all__ = ["drawing", "marked"]


class Red(torch.nn.Module):
    """Whether an image is more red than half."""

    def forward(self, images):
        mark = 40 * (images[:, 0].mean((1, 2)) - 0.5)
        return torch.stack([-mark, mark], 1)


def drawing(channel):
    """Images that are bright in one channel if of the second group; and that confounder."""
    pools, groups = {}, {}
    for seed, (part, count) in enumerate((("train", 400), ("held_out", 100), ("test", 80))):
        generator = torch.Generator().manual_seed(seed)
        groups[part] = torch.randint(2, (count,), generator=generator)
        colours = torch.randint(40, 90, (count, 3), generator=generator)
        colours[:, channel] += 120 * groups[part]
        images = colours.to(torch.uint8)[:, :, None, None].expand(-1, -1, 16, 16).contiguous()
        pools[part] = Pool(images=images, features={})
    confounder = Confounder(name="site", names=("a", "b"), groups=groups)
    layers = Layers(Red(), {})
    return Drawing(layers=layers, autoencoder=Flat(), pools=pools, device=torch.device("cpu")), confounder


def marked(images):
    """The groups of images, read from pixels."""
    return (images.amax((1, 2, 3)) > 0.5).long()
