"""Small classifiers of planted images: trained in seconds, with their accuracy on every variant of the test split."""

from collections.abc import Callable
from dataclasses import dataclass

import pandas as pd
import timm
import torch
import torch.nn.functional as F
from torch import Tensor

from benchmarks.classifier import Classifier
from benchmarks.planted.design import Design, draw_images
from benchmarks.planted.fitting import Fitting, convnet, fit, initialise
from benchmarks.planted.reliance import measure_accuracies

__all__ = ["PlantedClassifier", "train_classifier"]

_SMOOTHING = 0.05  # of the labels: finite logits on clean data


@dataclass(frozen=True, kw_only=True)
class PlantedClassifier:
    """A trained classifier with its design and its accuracies.

    Attributes:
        classifier: pixels to logits, in evaluation mode.
        design: what it was trained on.
        fitting: how.
        accuracies: from :func:`~benchmarks.planted.reliance.measure_accuracies`.
    """

    classifier: Classifier
    design: Design
    fitting: Fitting
    accuracies: pd.DataFrame


def train_classifier(
    design: Design,
    fitting: Fitting | None = None,
    *,
    architecture: str = "convnet",
    held_out: int = 1000,
    device: torch.device | str = "cpu",
    on_step: Callable[[int], None] = lambda _: None,
) -> PlantedClassifier:
    """Train a small network on a design's training split, in seconds on one core.

    Args:
        design: the data set.
        fitting: steps and seed.
        architecture: ``convnet``, the one of :mod:`benchmarks.planted.fitting`, or a timm name.
        held_out: test images for the accuracies.
        device: where to train.
        on_step: called after each step with 1.

    Returns:
        The classifier, which takes images of the design's side, and its accuracies.
    """
    fitting = fitting or Fitting()
    data = draw_images(design, fitting.images, device=device)
    generator = torch.Generator().manual_seed(fitting.seed)
    classifier = _untrained(design, architecture, generator).to(device)

    def loss(chosen: Tensor) -> Tensor:
        chosen = chosen.to(device)
        return F.cross_entropy(classifier(data.images[chosen]), data.labels[chosen], label_smoothing=_SMOOTHING)

    fit(classifier, loss, fitting, generator=generator, on_step=on_step)
    accuracies = measure_accuracies(classifier, design, count=held_out, device=device)
    return PlantedClassifier(classifier=classifier, design=design, fitting=fitting, accuracies=accuracies)


def _untrained(design: Design, architecture: str, generator: torch.Generator) -> Classifier:
    classes = len(design.class_names)
    if architecture == "convnet":
        module = convnet(classes)
    else:
        with torch.random.fork_rng(devices=[]):  # timm draws weights that `initialise` replaces
            module = timm.create_model(architecture, num_classes=classes)
    initialise(module, generator)
    return Classifier(
        module,
        mean=(0.5, 0.5, 0.5),
        std=(0.5, 0.5, 0.5),
        class_names=design.class_names,
        input_size=design.scene.side,
    )
