"""The study's classifiers: small networks trained on few digits, in seconds, with what none of them has seen."""

from collections.abc import Callable

import timm
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from benchmarks.datasets import Samples, digits, stratified_subset
from benchmarks.embedded import PREPARATION, as_tensors, shifted
from benchmarks.error_study.protocol import SmallClassifier
from benchmarks.planted.fitting import Fitting, convnet, fit, initialise
from benchmarks.zoo import ZooModel, wrap_module

__all__ = ["split_digits", "train_small"]

_SHIFT = 2  # pixels at most, the only augmentation
_BATCH = 64


def split_digits(classifier: SmallClassifier, images: int) -> tuple[Samples, Samples]:
    """Digits to train on, and others to test on, both in the proportions of the classes.

    Args:
        classifier: whose seed draws both.
        images: to test on, at most.

    Raises:
        ValueError: nothing is left to test on.
    """
    everything = digits()
    train = stratified_subset(everything, classifier.images, seed=classifier.seed)
    seen = set(train.entries.ids)
    rest = everything.select([place for place, one in enumerate(everything.entries.ids) if one not in seen])
    if not len(rest.entries):
        raise ValueError(f"expected fewer than {len(everything.entries):,} training images, got {classifier.images}")
    return train, stratified_subset(rest, images, seed=classifier.seed)


def train_small(
    classifier: SmallClassifier, train: Samples, *, on_step: Callable[[int], None] = lambda _: None
) -> ZooModel:
    """Train a classifier on the CPU; the same settings give the same weights.

    Args:
        classifier: how.
        train: on what.
        on_step: called after each step with 1.
    """
    generator = torch.Generator().manual_seed(classifier.seed)
    pixels, labels = as_tensors(train)
    module = _untrained(classifier.architecture, len(train.class_names), pixels.shape[-1])
    initialise(module, generator)

    def loss(chosen: Tensor) -> Tensor:
        batch = shifted(pixels[chosen], _SHIFT, generator)
        return F.cross_entropy(module((batch - 0.5) / 0.5), labels[chosen])

    fitting = Fitting(images=len(pixels), steps=classifier.steps, batch_size=_BATCH, seed=classifier.seed)
    fit(module, loss, fitting, generator=generator, on_step=on_step)
    return wrap_module(
        module,
        name=classifier.name,
        class_names=train.class_names,
        preparation=PREPARATION,
        mean=(0.5,) * 3,
        std=(0.5,) * 3,
        source=f"{classifier.architecture} trained on {len(pixels)} embedded digits, seed {classifier.seed}",
    )


def _untrained(architecture: str, classes: int, side: int) -> nn.Module:
    if architecture == "convnet":
        return convnet(classes)
    module: nn.Module
    with torch.random.fork_rng(devices=[]):  # timm draws weights that `initialise` replaces
        try:
            module = timm.create_model(architecture, num_classes=classes, img_size=side)
        except TypeError:  # convolutions take any size and do not ask
            module = timm.create_model(architecture, num_classes=classes)
    return module
