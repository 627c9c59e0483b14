"""Deletion and insertion: what becomes of the prediction when pixels go, or come, in the order of a map."""

from collections.abc import Callable
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

from xai.attribution.probe import Classifier, Probe, undisturbed

__all__ = ["BASELINES", "Curve", "blurred", "deletion_curve", "insertion_curve", "mean_colour"]


@dataclass(frozen=True, kw_only=True)
class Curve:
    """Probability of the target class along the change of N images.

    Attributes:
        fractions: (S + 1,) share of pixels that are changed, 0 to 1.
        probabilities: (N, S + 1).
        area: (N,) under the curve, in 0..1. Low is good for deletion, high for insertion.
    """

    fractions: Tensor
    probabilities: Tensor
    area: Tensor


def mean_colour(images: Tensor) -> Tensor:
    """Images (N, 3, H, W) of one colour each, their mean."""
    return images.mean((2, 3), keepdim=True).expand_as(images)


def blurred(images: Tensor) -> Tensor:
    """Images (N, 3, H, W) under a Gaussian whose standard deviation is an eighth of the larger side.

    Petsiuk et al. blur less, by 5 of 224 pixels, which leaves small images readable.
    """
    for axis in (2, 3):
        side = images.shape[axis]
        deviation = max(images.shape[2:]) / 8
        reach = min(round(3 * deviation), side - 1)
        offsets = torch.arange(-reach, reach + 1, device=images.device, dtype=images.dtype)
        weights = torch.softmax(-(offsets**2) / (2 * deviation**2), 0)
        padded = F.pad(images, (0, 0, reach, reach) if axis == 2 else (reach, reach, 0, 0), mode="reflect")
        images = (padded.unfold(axis, len(weights), 1) * weights).sum(-1)
    return images


BASELINES: dict[str, Callable[[Tensor], Tensor]] = {"blurred": blurred, "mean_colour": mean_colour}


def deletion_curve(
    classifier: Classifier,
    images: Tensor,
    targets: Tensor,
    maps: Tensor,
    *,
    baseline: str = "blurred",
    steps: int = 16,
    batch_size: int = 32,
    seed: int = 0,
) -> Curve:
    """Replace pixels by the baseline, those of the highest values in the map first.

    Args:
        classifier: (N, 3, H, W) pixels to (N, K) logits.
        images: (N, 3, H, W), float in [0, 1].
        targets: (N,) class indices.
        maps: (N, H, W).
        baseline: a key of :data:`BASELINES`.
        steps: parts in which the pixels are replaced.
        batch_size: images a pass, of all that are made; halved whenever memory runs out.
        seed: of the order among pixels of equal value.

    Raises:
        ValueError: maps that do not fit the images, or an unknown baseline.

    Reference:
        Petsiuk, Das and Saenko, RISE: Randomized Input Sampling for Explanation of Black-box Models, 2018
        (deletion and insertion metrics), https://arxiv.org/abs/1806.07421
    """
    probe = Probe(classifier=classifier, batch_size=batch_size, seed=seed)
    return _curve(probe, images, _replacement(baseline)(images), targets, _ranks(probe, images, maps), steps)


def insertion_curve(
    classifier: Classifier,
    images: Tensor,
    targets: Tensor,
    maps: Tensor,
    *,
    baseline: str = "blurred",
    steps: int = 16,
    batch_size: int = 32,
    seed: int = 0,
) -> Curve:
    """Replace pixels of the baseline by the image's, those of the highest values in the map first.

    Arguments, errors and reference as for :func:`deletion_curve`.
    """
    probe = Probe(classifier=classifier, batch_size=batch_size, seed=seed)
    return _curve(probe, _replacement(baseline)(images), images, targets, _ranks(probe, images, maps), steps)


def _replacement(baseline: str) -> Callable[[Tensor], Tensor]:
    if baseline not in BASELINES:
        raise ValueError(f"expected `baseline` in {', '.join(BASELINES)}, got {baseline!r}")
    return BASELINES[baseline]


def _ranks(probe: Probe, images: Tensor, maps: Tensor) -> Tensor:
    """(N, 1, H, W) place of each pixel in the order of its map, highest first; equal ones in a random order."""
    if maps.shape != (len(images), *images.shape[2:]):
        raise ValueError(
            f"expected `maps` of shape (N, H, W) like the images' {tuple(images.shape)}, got {tuple(maps.shape)}"
        )
    shuffled = torch.randperm(maps[0].numel(), generator=probe.generator()).to(maps.device)
    order = shuffled[maps.flatten(1)[:, shuffled].argsort(dim=1, descending=True, stable=True)]
    return order.argsort(1).view(len(maps), 1, *maps.shape[1:])


def _curve(probe: Probe, before: Tensor, after: Tensor, targets: Tensor, ranks: Tensor, steps: int) -> Curve:
    if steps < 1:
        raise ValueError(f"expected `steps` of at least 1, got {steps}")
    fractions = torch.linspace(0, 1, steps + 1)
    counts = (fractions * ranks[0].numel()).round().to(ranks)
    pairs = torch.cartesian_prod(torch.arange(len(ranks)), torch.arange(steps + 1)).to(ranks.device)

    def work(part: slice) -> Tensor:
        row, step = pairs[part].unbind(1)
        changed = ranks[row] < counts[step][:, None, None, None]
        logits = probe.forward(torch.where(changed, after[row], before[row]))
        return logits.double().softmax(1).gather(1, targets[row, None].to(logits.device))

    with torch.no_grad(), undisturbed(probe.classifier):
        probabilities = torch.cat(list(probe.passes(len(pairs), work))).view(len(ranks), steps + 1)
    return Curve(fractions=fractions, probabilities=probabilities, area=torch.trapezoid(probabilities, dx=1 / steps))
