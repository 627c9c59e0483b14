"""Whether samples are what they claim to be: images that the layer sees as the same, and the classifier decides alike.

Without this check a sample may show the failure of autoencoder or flow rather than an invariance.

Reference:
    Rombach, Esser and Ommer, 2020, section 4.1, https://arxiv.org/abs/2008.01777 (cosine against random pairs). Random
    pairs are of different classes here: near the logits any two images of a class are alike.
"""

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

from xai.iin.estimates import Estimate
from xai.invariances.explained import mean_of_images

__all__ = ["Consistency", "consistency", "kept_decision"]

_HIGH = 0.95  # quantile of different-class pairs that a sample has to pass


@dataclass(frozen=True, kw_only=True)
class Consistency:
    """How alike samples are to their images, for the layer.

    Attributes:
        cosine: of re-encoded samples with their images.
        between: of images with images of other classes.
        above: share of samples more alike than 95 % of pairs of different classes.
        threshold: that 95 % quantile.
    """

    cosine: Estimate
    between: Estimate
    above: Estimate
    threshold: float


def consistency(
    samples: Tensor, features: Tensor, labels: Tensor, *, generator: torch.Generator, pairs: int = 16, seed: int = 0
) -> Consistency:
    """Compare features of decoded samples with those of the images that they were drawn for.

    Args:
        samples: (S, N, D) features of samples, encoded again.
        features: (N, D) of the images.
        labels: (N,) classes, at least two.
        generator: of the pairs.
        pairs: of different classes for each image.
        seed: of the intervals.

    Raises:
        ValueError: all images are of one class.
    """
    centre = features.mean(0)
    units, drawn = F.normalize(features - centre, dim=1), F.normalize(samples - centre, dim=2)
    different = labels[:, None] != labels
    if not different.any():
        raise ValueError(f"expected images of at least two classes to compare with, got {len(labels)} of one")
    others = torch.multinomial(different.double().cpu(), pairs, replacement=True, generator=generator).to(labels.device)
    between = (units[:, None] * units[others]).sum(2)
    cosines = (drawn * units).sum(2)
    threshold = torch.quantile(between.flatten().double(), _HIGH)
    centred = "cosine of features minus their mean"
    return Consistency(
        cosine=mean_of_images(cosines.mean(0), convention=f"{centred}, samples encoded again, and image", seed=seed),
        between=mean_of_images(between.mean(1), convention=f"{centred}, images of different classes", seed=seed),
        above=mean_of_images(
            (cosines > threshold).double().mean(0),
            convention=f"share of samples whose {centred} is above that of 95 % of pairs of different classes",
            seed=seed,
        ),
        threshold=float(threshold),
    )


def kept_decision(samples: Tensor, logits: Tensor, *, seed: int = 0) -> Estimate:
    """Share of samples that the classifier decides as it does their images.

    Args:
        samples: (S, N, K) logits of decoded samples.
        logits: (N, K) of the images.
        seed: of the interval.
    """
    same = (samples.argmax(2) == logits.argmax(1)).double().mean(0)
    return mean_of_images(same, convention="share of samples with the predicted class of their image", seed=seed)
