"""AugMix: chains of random operations, mixed with each other and with the image; and the loss that goes with it.

Reference:
    Hendrycks et al., "AugMix: A Simple Data Processing Method to Improve Robustness and Uncertainty", ICLR 2020,
    section 3 and the published code, https://arxiv.org/abs/1912.02781
"""

from collections.abc import Sequence

import torch
import torch.nn.functional as F
from torch import Tensor

from robustness.augmentations.operations import OPERATIONS, PAPER_OPERATIONS
from robustness.augmentations.pixels import check_images, choose, draw, to_levels, to_unit

__all__ = ["augmix", "augmix_loss", "jensen_shannon_loss"]

_DEEPEST = 3  # of chains whose depth is drawn
_LOWEST_LEVEL = 0.1


@torch.no_grad()
def augmix(
    images: Tensor,
    *,
    severity: float = 3,
    width: int = 3,
    depth: int | None = None,
    operations: Sequence[str] = PAPER_OPERATIONS,
    generator: torch.Generator,
) -> Tensor:
    """Augment and mix: ``(1 - m) x + m sum_i w_i chain_i(x)``, one view of every image.

    w ~ Dirichlet(1, ..., 1) over ``width`` chains, m ~ Beta(1, 1). A chain applies ``depth`` operations one after
    the other, each at a level from U(0.1, severity), mirrored with probability one half. Operations work on 8 bits,
    the mixture is not rounded. Weights sum to one, so mixing before normalisation equals mixing after it, as the
    paper's code does. For two views call twice.

    Args:
        images: (N, 3, H, W), uint8 in 0..255 or float in [0, 1], at any size.
        severity: highest level, in [0.1, 10]; the paper has 3 on CIFAR, its ImageNet script 1.
        width: number of chains.
        depth: operations of a chain; None draws 1, 2 or 3 for each.
        operations: keys of :data:`OPERATIONS`; the default nine do not overlap the corruptions of ImageNet-C.
        generator: of all draws; those of an image are its own.

    Returns:
        (N, 3, H, W) float images in [0, 1].

    Raises:
        ValueError: an argument is not as described.

    Example:
        >>> photos = torch.full((2, 3, 8, 8), 100, dtype=torch.uint8)
        >>> augmix(photos, generator=torch.Generator().manual_seed(0)).shape
        torch.Size([2, 3, 8, 8])
    """
    check_images(images)
    _check_setting(severity, width, depth, operations)
    chains = _chains(to_levels(images), severity, width, depth, operations, generator)
    exponential = -torch.log1p(-draw(generator, images.device, len(images), width))
    weights = exponential / exponential.sum(1, keepdim=True)  # Dirichlet(1, ..., 1)
    share = draw(generator, images.device, len(images), 1, 1, 1)  # Beta(1, 1)
    mixed = torch.einsum("nw,nwchv->nchv", weights, to_unit(chains))
    pixels = to_unit(images).float()
    return torch.lerp(pixels, mixed, share).clamp_(0, 1)


def jensen_shannon_loss(logits: Tensor, views: int = 3) -> Tensor:
    """Jensen-Shannon divergence of the predictions for several views of each image, in nats; mean over images.

    ``mean_v KL(p_v || M)`` with M the mean of the views, clamped to [1e-7, 1] as the paper's code does.

    Args:
        logits: (V N, K), split-major: all images of the first view, then of the second ...
        views: V.

    Returns:
        A scalar, at least 0 up to rounding.

    Raises:
        ValueError: logits whose number is no multiple of the views.

    Reference:
        Hendrycks et al., ICLR 2020, section 3, equation 2, https://arxiv.org/abs/1912.02781

    Example:
        >>> round(float(jensen_shannon_loss(torch.tensor([[9.0, -9.0], [-9.0, 9.0]]), views=2)), 4)
        0.6931
    """
    if logits.ndim != 2 or len(logits) % views:
        raise ValueError(
            f"expected `logits` of shape ({views} N, K), all images of the first view first, got {tuple(logits.shape)}"
        )
    log_p = logits.float().log_softmax(1).view(views, -1, logits.shape[1])
    log_mean = log_p.exp().mean(0).clamp(1e-7, 1).log()
    return sum((F.kl_div(log_mean, each.exp(), reduction="batchmean") for each in log_p), log_p.new_zeros(())) / views


def augmix_loss(logits: Tensor, labels: Tensor, weight: float = 12.0) -> Tensor:
    """Cross-entropy on the clean images plus ``weight`` times the Jensen-Shannon divergence over three views.

    Args:
        logits: (3 N, K), split-major: clean, first augmented view, second.
        labels: (N,) int64 classes or (N, K) soft labels, of the clean images.
        weight: of the divergence; the paper has 12.

    Returns:
        A scalar.

    Raises:
        ValueError: logits that are not three for each label.

    Reference:
        Hendrycks et al., ICLR 2020, section 3, equation 1, https://arxiv.org/abs/1912.02781
    """
    if len(logits) != 3 * len(labels):
        raise ValueError(
            f"expected `logits` of {3 * len(labels)} rows, three views for each of {len(labels)} labels, "
            f"got {len(logits)}"
        )
    clean = logits[: len(labels)].float()
    return F.cross_entropy(clean, labels) + weight * jensen_shannon_loss(logits)


def _chains(
    images: Tensor,
    severity: float,
    width: int,
    depth: int | None,
    operations: Sequence[str],
    generator: torch.Generator,
) -> Tensor:
    """(N, width, 3, H, W) uint8: every image at the end of each of its chains."""
    count, device = len(images) * width, images.device
    longest = depth or _DEEPEST
    chosen = choose(generator, device, len(operations), longest, count)
    sizes = _LOWEST_LEVEL + (severity - _LOWEST_LEVEL) * draw(generator, device, longest, count)
    levels = torch.where(draw(generator, device, longest, count) < 0.5, -sizes, sizes)
    if depth is None:
        lengths = 1 + choose(generator, device, _DEEPEST, count)
        over = torch.arange(longest, device=device).unsqueeze(1) >= lengths
        chosen[over] = len(operations)  # past the last: nothing
    chains = images.repeat_interleave(width, 0)
    for step in range(longest):
        chains = _applied(chains, operations, chosen[step], levels[step])
    return chains.view(-1, width, *images.shape[1:])


def _applied(images: Tensor, operations: Sequence[str], chosen: Tensor, levels: Tensor) -> Tensor:
    """One operation on each image. Images of the same operation are brought together first, which one copy does."""
    order = chosen.argsort(stable=True)
    sizes = torch.bincount(chosen, minlength=len(operations) + 1).tolist()
    groups = images.index_select(0, order).split(sizes)
    done = [
        OPERATIONS[name](group, own) if len(group) else group
        for name, group, own in zip(operations, groups[:-1], levels[order].split(sizes)[:-1], strict=True)
    ]
    return torch.cat([*done, groups[-1]]).index_select(0, order.argsort())


def _check_setting(severity: float, width: int, depth: int | None, operations: Sequence[str]) -> None:
    if not _LOWEST_LEVEL <= severity <= 10:
        raise ValueError(f"expected `severity` in [{_LOWEST_LEVEL}, 10], got {severity}")
    if width < 1 or (depth is not None and depth < 1):
        raise ValueError(f"expected `width` and `depth` of at least 1, got {width} and {depth}; depth None draws it")
    unknown = [name for name in operations if name not in OPERATIONS]
    if unknown or not operations:
        raise ValueError(f"expected `operations` from {', '.join(OPERATIONS)}, got {unknown or 'none'}")
