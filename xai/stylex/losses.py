"""The terms of a StylEx's loss.

Reference:
    Lang et al., Explaining in Style, 2021, section 3.1, https://arxiv.org/abs/2104.13369. It leaves open which way the
    divergence goes; here it is KL(C(x) || C(x')), which stays finite where C(x') is tiny.
    Zhang et al., LPIPS, 2018, equation 1, https://arxiv.org/abs/1801.03924, with all weights 1 and the features of the
    classifier that is explained.
    Yuan and Lin, Model selection and estimation in regression with grouped variables, 2006 (group lasso).
    Karras et al., StyleGAN2, 2020, section 3.2 (path length), https://arxiv.org/abs/1912.04958.
    Mescheder et al., 2018, equation 9 (R1), https://arxiv.org/abs/1801.04406.
"""

import math
from collections.abc import Sequence

import torch
import torch.nn.functional as F
from torch import Tensor

__all__ = [
    "classification_loss",
    "discriminator_loss",
    "feature_distance",
    "generator_loss",
    "gradient_penalty",
    "group_lasso",
    "path_lengths",
    "unit_features",
]

_SMALLEST = 1e-10


def feature_distance(features: Sequence[Tensor], others: Sequence[Tensor]) -> Tensor:
    """Mean over depths and places of the squared distance between unit vectors of channels.

    Args:
        features: a map (N, C, h, w) for each depth.
        others: likewise.

    Returns:
        A scalar; 0 where there are no features.
    """
    pairs = zip(features, others, strict=True)
    terms = [(unit_features(one) - unit_features(other)).square().sum(1).mean() for one, other in pairs]
    return torch.stack(terms).mean() if terms else torch.zeros(())


def unit_features(features: Tensor) -> Tensor:
    """(N, C, h, w) with the vector of channels at each place divided by its length; vectors of length zero stay."""
    features = features.float()
    return features * torch.rsqrt(features.square().sum(1, keepdim=True) + _SMALLEST)


def classification_loss(logits: Tensor, probabilities: Tensor) -> Tensor:
    """KL(C(x) || C(x')) in nats, from the logits (N, K) of reconstructions and the probabilities (N, K) of images.

    Example:
        >>> logits = torch.tensor([[0.0, 1.0], [2.0, 0.0]])
        >>> bool(classification_loss(logits, logits.softmax(1)).abs() < 1e-6)
        True
    """
    return F.kl_div(logits.float().log_softmax(1), probabilities, reduction="batchmean")


def group_lasso(weight: Tensor) -> Tensor:
    """Mean length of the rows of a matrix (S, L), which sends those to zero that do little.

    Example:
        >>> group_lasso(torch.tensor([[3.0, 4.0], [0.0, 1.0]]))
        tensor(3.)
    """
    return (weight.float().square().sum(1) + _SMALLEST).sqrt().mean()


def generator_loss(fake: Tensor) -> Tensor:
    """Non-saturating logistic loss of (N,) logits of generated images."""
    return F.softplus(-fake).mean()


def discriminator_loss(real: Tensor, fake: Tensor) -> Tensor:
    """Logistic loss of (N,) logits of real and of generated images."""
    return F.softplus(-real).mean() + F.softplus(fake).mean()


def gradient_penalty(real: Tensor, images: Tensor) -> Tensor:
    """R1: half the squared gradient of the (N,) logits of real images (N, 3, H, W) in the images, mean over images."""
    (gradients,) = torch.autograd.grad(real.sum(), images, create_graph=True)
    return gradients.square().flatten(1).sum(1).mean() / 2


def path_lengths(images: Tensor, styles: Tensor, noise: Tensor) -> Tensor:
    """How far styles move images in a random direction.

    Args:
        images: (N, 3, H, W) made of the styles.
        styles: (N, S).
        noise: (N, 3, H, W) standard normal.

    Returns:
        (N,) root mean square over the coordinates of the gradient of <image, noise / sqrt(H W)>.
    """
    scaled = noise / math.sqrt(images.shape[2] * images.shape[3])
    (gradients,) = torch.autograd.grad((images * scaled).sum(), styles, create_graph=True)
    return gradients.square().mean(1).sqrt()
