"""Mixup and CutMix: every image meets another of the batch, and its label becomes a mixture.

Every pair draws its own weight, and in CutMix its own box, as the papers' formulas read; their listings share one
weight in a batch.
"""

import torch
import torch.nn.functional as F
from scipy.special import betaincinv
from torch import Tensor

from robustness.augmentations.erasing import inside_box
from robustness.augmentations.pixels import check_images, choose, draw, to_unit

__all__ = ["cutmix", "mixup", "soft_labels"]


def mixup(
    images: Tensor, labels: Tensor, *, classes: int, alpha: float = 1.0, generator: torch.Generator
) -> tuple[Tensor, Tensor]:
    """Blend images and labels of pairs: ``w x_i + (1 - w) x_j`` with w ~ Beta(alpha, alpha).

    Args:
        images: (N, 3, H, W), uint8 in 0..255 or float in [0, 1].
        labels: (N,) int64 classes or (N, K) soft labels.
        classes: K.
        alpha: of the Beta distribution, above 0; the paper has 1.0 on CIFAR, 0.2 on ImageNet.
        generator: of the partners and weights.

    Returns:
        (N, 3, H, W) float images in [0, 1] and (N, K) soft labels.

    Raises:
        ValueError: images or labels of another shape, or an alpha that is not above 0.

    Reference:
        Zhang et al., "mixup: Beyond Empirical Risk Minimization", ICLR 2018, section 2,
        https://arxiv.org/abs/1710.09412

    Example:
        >>> pair = torch.stack([torch.zeros(3, 2, 2), torch.ones(3, 2, 2)])
        >>> mixed, labels = mixup(pair, torch.tensor([0, 1]), classes=2, generator=torch.Generator().manual_seed(1))
        >>> torch.allclose(mixed[:, 0, 0, 0], labels[:, 1])
        True
    """
    check_images(images)
    soft, partners = soft_labels(labels, classes, len(images)), _partners(images, generator)
    weights = _weights(images, alpha, generator)
    pixels = to_unit(images)
    mixed = torch.lerp(pixels[partners], pixels, weights.to(pixels.dtype).view(-1, 1, 1, 1))
    return mixed, torch.lerp(soft[partners], soft, weights.view(-1, 1))


def cutmix(
    images: Tensor, labels: Tensor, *, classes: int, alpha: float = 1.0, generator: torch.Generator
) -> tuple[Tensor, Tensor]:
    """Paste a box of another image; labels are weighted by the areas that show.

    A box has sides ``H sqrt(1 - w)`` and ``W sqrt(1 - w)``, w ~ Beta(alpha, alpha), its centre is any pixel, and
    what lies over the border is lost; the label counts the area that is left.

    Args:
        images: (N, 3, H, W), uint8 in 0..255 or float in [0, 1].
        labels: (N,) int64 classes or (N, K) soft labels.
        classes: K.
        alpha: of the Beta distribution, above 0; the paper has 1.0.
        generator: of the partners, weights and boxes.

    Returns:
        Images of the same shape and dtype, and (N, K) soft labels.

    Raises:
        ValueError: images or labels of another shape, or an alpha that is not above 0.

    Reference:
        Yun et al., "CutMix: Regularization Strategy to Train Strong Classifiers with Localizable Features", ICCV
        2019, section 3.1, https://arxiv.org/abs/1905.04899

    Example:
        >>> pair = torch.stack([torch.zeros(3, 8, 8), torch.ones(3, 8, 8)])
        >>> mixed, labels = cutmix(pair, torch.tensor([0, 1]), classes=2, generator=torch.Generator().manual_seed(1))
        >>> torch.allclose(mixed.mean((1, 2, 3)), labels[:, 1])
        True
    """
    check_images(images)
    soft, partners = soft_labels(labels, classes, len(images)), _partners(images, generator)
    share = (1 - _weights(images, alpha, generator)).sqrt()
    first, last = [], []
    for length in images.shape[2:]:
        side = (length * share).long()
        start = choose(generator, images.device, length, len(images)) - side // 2
        first.append(start.clamp(0, length))
        last.append((start + side).clamp(0, length))
    inside = inside_box(images, (first[0], first[1]), (last[0], last[1]))
    kept = 1 - inside.float().mean((1, 2, 3)).view(-1, 1)
    return torch.where(inside, images[partners], images), torch.lerp(soft[partners], soft, kept)


def soft_labels(labels: Tensor, classes: int, count: int) -> Tensor:
    """Labels as (N, K) float32 probabilities; soft ones pass.

    Args:
        labels: (N,) int64 classes or (N, K) probabilities.
        classes: K.
        count: N.

    Returns:
        (N, K) float32, one-hot where labels were classes.

    Raises:
        ValueError: neither (N,) whole numbers in 0..K-1 nor (N, K) floats.
    """
    if tuple(labels.shape) == (count,) and labels.dtype == torch.int64:
        return F.one_hot(labels, classes).float()
    if tuple(labels.shape) == (count, classes) and labels.is_floating_point():
        return labels.float()
    raise ValueError(
        f"expected `labels` of shape ({count},) int64 or ({count}, {classes}) floating point, "
        f"got {tuple(labels.shape)} {labels.dtype}"
    )


def _partners(images: Tensor, generator: torch.Generator) -> Tensor:
    return torch.randperm(len(images), generator=generator, device=generator.device).to(images.device)


def _weights(images: Tensor, alpha: float, generator: torch.Generator) -> Tensor:
    """(N,) from Beta(alpha, alpha), by its inverse distribution function, as torch's sampler takes no generator."""
    if not alpha > 0:
        raise ValueError(f"expected `alpha` above 0, got {alpha}")
    uniform = draw(generator, torch.device("cpu"), len(images)).double()
    return torch.from_numpy(betaincinv(alpha, alpha, uniform.numpy())).float().to(images.device)
