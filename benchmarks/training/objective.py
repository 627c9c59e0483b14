"""What a recipe makes of a batch: augmented images, and a loss to step down from."""

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.nn.parallel import DistributedDataParallel

from benchmarks.training.recipes import Recipe
from robustness.attacks import pgd
from robustness.augmentations import (
    OVERLAPPING_OPERATIONS,
    PAPER_OPERATIONS,
    augmix,
    augmix_loss,
    autoaugment,
    cutmix,
    cutout,
    horizontal_flip,
    mixup,
    randaugment,
    random_crop,
)

__all__ = ["Augmentation", "Objective"]

_ATTACK_STEPS = 7  # Madry et al. 2018, section 4
_ATTACK_STEP = 2.0 / 8.0  # of the radius; likewise


@dataclass(frozen=True, kw_only=True)
class Augmentation:
    """Crop, flip, policy and Cutout: the places of a recipe that leave labels alone.

    Attributes:
        recipe: which policy, and whether to cut out.
        padding: of the crop; 0 for none.
        flip: whether to mirror half of the images.
    """

    recipe: Recipe
    padding: int
    flip: bool

    def __call__(self, images: Tensor, *, place: torch.Generator, look: torch.Generator) -> Tensor:
        """Augment uint8 images (N, 3, H, W) to float ones in [0, 1].

        Args:
            images: as decoded.
            place: draws crops and flips, so that all recipes of one seed have the same.
            look: draws everything else.
        """
        if self.padding:
            images = random_crop(images, padding=self.padding, generator=place)
        if self.flip:
            images = horizontal_flip(images, generator=place)
        if self.recipe.autoaugment is not None:
            images = autoaugment(images, policy=self.recipe.autoaugment, generator=look)
        if self.recipe.randaugment is not None:
            images = randaugment(images, magnitude=round(self.recipe.randaugment), generator=look)
        pixels = images.float() / 255
        if self.recipe.cutout is not None:
            pixels = cutout(pixels, side=round(self.recipe.cutout * min(pixels.shape[-2:])), generator=look)
        return pixels


@dataclass(frozen=True, kw_only=True)
class Objective:
    """The loss of a recipe.

    Attributes:
        recipe: which loss.
        classes: K logits.
        smoothing: share of a target that is spread over all classes.
        reduced: whether the network computes in bfloat16.
    """

    recipe: Recipe
    classes: int
    smoothing: float = 0.0
    reduced: bool = False

    def __call__(
        self, network: nn.Module, pixels: Tensor, labels: Tensor, *, generator: torch.Generator
    ) -> tuple[Tensor, Tensor]:
        """Mean loss of a batch, and how many images were classified as labelled.

        Args:
            network: pixels (N, 3, H, W) to logits (N, K), in training mode.
            pixels: float in [0, 1].
            labels: (N,) classes.
            generator: of all draws.
        """
        recipe, targets = self.recipe, labels
        if recipe.views > 1:
            return self._consistent(network, pixels, labels, generator)
        if recipe.mixup is not None:
            pixels, targets = mixup(pixels, labels, classes=self.classes, alpha=recipe.mixup, generator=generator)
        if recipe.cutmix is not None:
            pixels, targets = cutmix(pixels, labels, classes=self.classes, alpha=recipe.cutmix, generator=generator)
        if recipe.adversarial is not None:
            pixels = attacked(network, pixels, labels, eps=recipe.adversarial / 255, generator=generator)
        logits = self._logits(network, pixels)
        return F.cross_entropy(logits, targets, label_smoothing=self.smoothing), _count_right(logits, labels)

    def _consistent(
        self, network: nn.Module, pixels: Tensor, labels: Tensor, generator: torch.Generator
    ) -> tuple[Tensor, Tensor]:
        """AugMix: clean images and two views in one pass, so that they share the statistics of the batch norms."""
        paper = self.recipe.augmix is not None
        severity = self.recipe.augmix or self.recipe.augmix_all or 0.0
        operations = PAPER_OPERATIONS if paper else (*PAPER_OPERATIONS, *OVERLAPPING_OPERATIONS)
        views = augmix(pixels.repeat(2, 1, 1, 1), severity=severity, operations=operations, generator=generator)
        logits = self._logits(network, torch.cat((pixels, views)))
        return augmix_loss(logits, labels), _count_right(logits[: len(labels)], labels)

    def _logits(self, network: nn.Module, pixels: Tensor) -> Tensor:
        with torch.autocast(pixels.device.type, torch.bfloat16, enabled=self.reduced):
            logits: Tensor = network(pixels.contiguous(memory_format=torch.channels_last))
        return logits.float()


def attacked(network: nn.Module, pixels: Tensor, labels: Tensor, *, eps: float, generator: torch.Generator) -> Tensor:
    """Adversarial images of a batch: PGD with 7 steps of a quarter of the radius, from a random start.

    The network attacks itself in evaluation mode, so that the attack leaves no trace in the statistics of its batch
    norms and pAdaIN and dropout are still; Pang et al. 2021, section 3.4, found that this costs no robustness. Of
    the steps the one of the highest loss is taken, where the original takes the last.

    Args:
        network: in training mode, and left in it.
        pixels: (N, 3, H, W) in [0, 1].
        labels: (N,) true classes.
        eps: linf radius in [0, 1].
        generator: of the starts.

    Reference:
        Madry et al., "Towards Deep Learning Models Resistant to Adversarial Attacks", ICLR 2018, section 4,
        https://arxiv.org/abs/1706.06083; Pang et al., "Bag of Tricks for Adversarial Training", ICLR 2021,
        https://arxiv.org/abs/2010.00467
    """
    plain = network.module if isinstance(network, DistributedDataParallel) else network
    plain.eval()
    found = pgd(
        plain, pixels, labels, eps=eps, steps=_ATTACK_STEPS, relative_step=_ATTACK_STEP, early_stop=False,
        generator=generator,
    )  # fmt: skip
    plain.train()
    return found.detach()


def _count_right(logits: Tensor, labels: Tensor) -> Tensor:
    return (logits.detach().argmax(1) == labels).sum()
