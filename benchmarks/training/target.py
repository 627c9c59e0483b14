"""Unlabelled images of a target domain: they pass the network beside the labelled ones, and lend them statistics."""

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from benchmarks.training.batches import derived_seed
from benchmarks.training.data import TrainingData
from benchmarks.training.objective import Augmentation
from benchmarks.training.setting import TrainingSetting

__all__ = ["Beside", "TargetImages", "check_target"]


@dataclass(frozen=True, kw_only=True)
class TargetImages:
    """Draws images of the target domain, with repetition; their labels are never read.

    Attributes:
        data: the images.
        augmentation: crops, flips and policy, as for the labelled images.
        seed: of crops that are decoded.
    """

    data: TrainingData
    augmentation: Augmentation
    seed: int

    def draw(self, count: int, device: torch.device, generator: torch.Generator) -> Tensor:
        """Some augmented images (N, 3, H, W), float in [0, 1].

        Args:
            count: N.
            device: where they are wanted.
            generator: of images and augmentation.
        """
        chosen = torch.randint(len(self.data), (count,), generator=generator)
        positions = self.data.positions[chosen].tolist()
        crop = int(torch.randint(2**62, (), generator=generator))
        seeds = [derived_seed(self.seed, "target", crop, row) for row in range(count)]
        pixels = self.data.source.fetch(positions, seeds).to(device)
        return self.augmentation(pixels, place=generator, look=generator)


@dataclass(frozen=True, kw_only=True)
class Beside:
    """A network that takes labelled images and sees target images behind them, as many.

    Attributes:
        network: pixels to logits, with :func:`robustness.target_statistics.insert_target_statistics`.
        images: (N, 3, H, W) of the target; repeated where a recipe shows several views of its images.
    """

    network: nn.Module
    images: Tensor

    def __call__(self, pixels: Tensor) -> Tensor:
        """Logits of the labelled images alone."""
        beside = self.images.repeat(len(pixels) // len(self.images), 1, 1, 1)
        logits: Tensor = self.network(torch.cat((pixels, beside)).contiguous(memory_format=torch.channels_last))
        return logits[: len(pixels)]


def check_target(setting: TrainingSetting, data: TrainingData, target: TrainingData) -> None:
    """Refuse a target that the setting cannot use.

    Raises:
        ValueError: a recipe without pAdaIN or with attacks, no image, or images of another size.
    """
    if setting.recipe.padain is None or setting.recipe.adversarial is not None:
        raise ValueError(
            f"expected a recipe with padain and without adversarial to train beside target images, "
            f"got {setting.recipe.name}; try padain:0.1"
        )
    if not len(target) or target.preparation.size != data.preparation.size:
        raise ValueError(
            f"expected target images of the size of the labelled ones, {data.preparation.size}, "
            f"got {len(target)} of {target.preparation.size}"
        )
