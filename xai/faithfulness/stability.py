"""What a map should follow and what it should not: the network's weights and logits, and noise nobody sees."""

import copy
from collections.abc import Callable

import torch
from torch import Tensor, nn

from xai.attribution.probe import Classifier, Probe, chosen_logits, undisturbed

__all__ = ["Explain", "completeness_gap", "max_sensitivity", "randomised", "rank_correlation"]

Explain = Callable[[Classifier, Tensor, Tensor], Tensor]
"""Classifier, images (N, 3, H, W) and targets (N,) to maps (N, H, W)."""


def completeness_gap(
    classifier: Classifier,
    images: Tensor,
    targets: Tensor,
    maps: Tensor,
    *,
    baseline: float | Tensor = 0.0,
    batch_size: int = 32,
) -> tuple[Tensor, Tensor]:
    """How far any maps are from summing to the difference of logits between images and a baseline.

    Args:
        classifier: (N, 3, H, W) pixels to (N, K) logits.
        images: (N, 3, H, W), float in [0, 1].
        targets: (N,) class indices.
        maps: (N, H, W).
        baseline: a number, or pixels that broadcast to (N, 3, H, W). 0 is black.
        batch_size: images a pass; halved whenever memory runs out.

    Returns:
        (N,) sum of each map minus the difference of logits, and (N,) that difference.
    """
    probe = Probe(classifier=classifier, batch_size=batch_size)
    start = torch.as_tensor(baseline).to(images).expand_as(images)
    with undisturbed(classifier):
        ends, starts = (chosen_logits(probe.logits(pixels), targets).double() for pixels in (images, start))
    return maps.sum((1, 2), dtype=torch.float64) - (ends - starts), ends - starts


def max_sensitivity(
    explain: Explain,
    classifier: Classifier,
    images: Tensor,
    targets: Tensor,
    maps: Tensor,
    *,
    radius: float = 0.02,
    samples: int = 4,
    seed: int = 0,
) -> Tensor:
    """Largest relative change of a map among images with a little noise.

    Args:
        explain: classifier, images and targets to maps; batches are its own affair.
        classifier: (N, 3, H, W) pixels to (N, K) logits.
        images: (N, 3, H, W), float in [0, 1].
        targets: (N,) class indices.
        maps: (N, H, W) of the images without noise.
        radius: largest change of a pixel; noise is uniform, the same for every image, and cut at 0 and 1.
        samples: noisy copies of each image.
        seed: of the noise.

    Returns:
        (N,) norm of the change over norm of the map; 0 is a map that noise does not touch.

    Raises:
        ValueError: ``samples`` below 1.

    Reference:
        Yeh et al., On the (In)fidelity and Sensitivity of Explanations, 2019 (max-sensitivity),
        https://arxiv.org/abs/1901.09392
    """
    if samples < 1:
        raise ValueError(f"expected `samples` of at least 1, got {samples}")
    generator = torch.Generator().manual_seed(seed)
    noise = (torch.rand(samples, *images.shape[1:], generator=generator) * 2 - 1).to(images) * radius
    copies = (images[None] + noise[:, None]).clamp(0, 1)
    changed = explain(classifier, copies.flatten(0, 1), targets.repeat(samples)).view(samples, *maps.shape)
    change = (changed - maps).flatten(2).double().norm(dim=2).amax(0)
    return torch.where(change == 0, change, change / maps.flatten(1).double().norm(dim=1))


def randomised(classifier: Classifier, *, seed: int = 0) -> nn.Module:
    """A copy of a network that has learned nothing: the values of each parameter tensor are shuffled.

    Shuffled parameters keep the scale that the network was built for, so that its maps are no less structured for
    want of a signal.

    Args:
        classifier: (N, 3, H, W) pixels to (N, K) logits, an ``nn.Module``; it stays as it is.
        seed: of the order.

    Returns:
        The copy, in the same mode as the classifier.

    Raises:
        TypeError: the classifier is no module, so that its parameters are unknown.

    Reference:
        Adebayo et al., Sanity Checks for Saliency Maps, 2018, section 3, https://arxiv.org/abs/1810.03292; it draws
        new parameters from the initial distribution, which is not known of a trained network.
    """
    if not isinstance(classifier, nn.Module):
        raise TypeError(f"expected a classifier that is an nn.Module, got {type(classifier).__name__}")
    duplicate = copy.deepcopy(classifier)
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for parameter in duplicate.parameters():
            order = torch.randperm(parameter.numel(), generator=generator).to(parameter.device)
            parameter.copy_(parameter.flatten()[order].view_as(parameter))
    return duplicate


def rank_correlation(first: Tensor, second: Tensor) -> Tensor:
    """Spearman's correlation between the pixels of maps; equal pixels share their mean rank.

    Args:
        first: (N, H, W) maps.
        second: (N, H, W) others, image by image.

    Returns:
        (N,) in [-1, 1]. A map without any difference between pixels has no order, and correlates with nothing: 0.

    Example:
        >>> maps = torch.tensor([[[1.0, 2.0, 3.0]]])
        >>> round(rank_correlation(maps, maps**3).item(), 6), round(rank_correlation(maps, -maps).item(), 6)
        (1.0, -1.0)
    """
    ranks = []
    for maps in (first, second):
        values = maps.flatten(1).contiguous()
        ordered = values.sort(1).values
        rank = (torch.searchsorted(ordered, values) + torch.searchsorted(ordered, values, right=True)).double()
        ranks.append(rank - rank.mean(1, keepdim=True))
    product = ranks[0].norm(dim=1) * ranks[1].norm(dim=1)
    return torch.where(product > 0, (ranks[0] * ranks[1]).sum(1) / product, 0.0)
