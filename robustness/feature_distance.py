"""Confidence from the feature space: how far is an image's penultimate feature from those seen in calibration?

Features are (N, D), one row per image, as they enter the last linear layer. Both distances are fitted on
calibration images and then return confidences: negated distances, higher = nearer. Arithmetic is in float64. A
feature row that is not finite scores NaN; in calibration it is an error.
"""

from collections.abc import Callable
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor, nn

__all__ = [
    "ClassGaussians",
    "NearestNeighbours",
    "fit_mahalanobis",
    "fit_nearest_neighbours",
    "last_linear",
    "penultimate_features",
]

Classifier = Callable[[Tensor], Tensor]

_ROWS = 256  # a block of distances to 50,000 references then takes 100 MB


def last_linear(module: nn.Module) -> nn.Linear:
    """The linear layer registered last, which in classifiers is the head.

    Raises:
        ValueError: there is none.
    """
    layers = [part for part in module.modules() if isinstance(part, nn.Linear)]
    if not layers:
        raise ValueError(
            f"expected `module` with a linear layer, got {type(module).__name__} without; "
            f"name the layer that the features enter yourself"
        )
    return layers[-1]


@torch.no_grad()
def penultimate_features(classifier: Classifier, layer: nn.Module, images: Tensor) -> Tensor:
    """What enters a layer while the classifier runs: (N, D), flattened per image.

    Args:
        classifier: (N, 3, H, W) pixels to (N, K) logits.
        layer: the head, as from :func:`last_linear`.
        images: (N, 3, H, W) pixels.

    Returns:
        (N, D) features.

    Raises:
        ValueError: the layer runs not once, or on something other than one row per image.

    Example:
        >>> module = nn.Sequential(nn.AvgPool2d(4), nn.Flatten(), nn.Linear(3, 2))
        >>> penultimate_features(module, last_linear(module), torch.ones(1, 3, 4, 4))
        tensor([[1., 1., 1.]])
    """
    seen: list[Tensor] = []
    hook = layer.register_forward_pre_hook(lambda _, inputs: seen.append(inputs[0].detach()))
    try:
        classifier(images)
    finally:
        hook.remove()
    if len(seen) != 1 or len(seen[0]) != len(images):
        shapes = [tuple(entry.shape) for entry in seen]
        raise ValueError(
            f"expected `layer` to run once, on {len(images)} images, while `classifier` runs, got inputs {shapes}; "
            f"take the layer that maps features to logits"
        )
    return seen[0].flatten(1)


@dataclass(frozen=True, kw_only=True, eq=False)
class NearestNeighbours:
    """Distance to the k-th nearest of the calibration features, all of them scaled to length 1.

    Attributes:
        references: (M, D) float64, rows of length 1.
        k: which neighbour.

    Reference:
        Sun et al., Out-of-Distribution Detection with Deep Nearest Neighbors, ICML 2022, section 3,
        https://arxiv.org/abs/2204.06507
    """

    references: Tensor
    k: int

    def confidence(self, features: Tensor) -> Tensor:
        """Minus the distance to the k-th neighbour: (N,) float64 in [-2, 0] of features (N, D)."""
        rows = F.normalize(_checked(features, self.references.shape[1]), dim=1)
        distances = (torch.cdist(block, self.references) for block in rows.split(_ROWS))
        return -torch.cat([block.kthvalue(self.k, dim=1).values for block in distances])


def fit_nearest_neighbours(features: Tensor, *, k: int = 10) -> NearestNeighbours:
    """Keep calibration features for the k-th neighbour's distance.

    Args:
        features: (M, D), finite.
        k: 1..M. The paper chooses it on validation data; more images ask for a larger one.

    Raises:
        ValueError: shapes that do not fit, features that are not finite, or k outside 1..M.

    Example:
        >>> fitted = fit_nearest_neighbours(torch.tensor([[2.0, 0.0], [3.0, 0.0]]), k=2)
        >>> fitted.confidence(torch.tensor([[5.0, 0.0], [0.0, 1.0]]))
        tensor([-0.0000, -1.4142], dtype=torch.float64)
    """
    rows = _finite(features)
    if not 1 <= k <= len(rows):
        raise ValueError(f"expected `k` in 1..{len(rows)}, the number of calibration features, got {k}")
    return NearestNeighbours(references=F.normalize(rows, dim=1), k=k)


@dataclass(frozen=True, kw_only=True, eq=False)
class ClassGaussians:
    """Squared Mahalanobis distance to the nearest class mean under one covariance for all classes.

    Attributes:
        means: (C, D) float64, of the classes seen in calibration.
        whitening: (D, D) float64, W with W W^T = inverse covariance.

    Reference:
        Lee et al., A Simple Unified Framework for Detecting Out-of-Distribution Samples and Adversarial Attacks,
        NeurIPS 2018, section 2.1, https://arxiv.org/abs/1807.03888
    """

    means: Tensor
    whitening: Tensor

    def confidence(self, features: Tensor) -> Tensor:
        """Minus the squared distance to the nearest mean: (N,) float64 in (-inf, 0] of features (N, D)."""
        white = _checked(features, self.means.shape[1]) @ self.whitening
        return -torch.cdist(white, self.means @ self.whitening).square().amin(dim=1)


def fit_mahalanobis(features: Tensor, labels: Tensor) -> ClassGaussians:
    """Fit class means and one shared covariance, shrunk by Ledoit and Wolf since few images must do.

    Args:
        features: (M, D), finite.
        labels: (M,) true classes; classes that do not occur have no mean.

    Raises:
        ValueError: shapes that do not fit, features that are not finite, or no class with two different features.

    Reference:
        As :class:`ClassGaussians`; Ledoit and Wolf, A Well-Conditioned Estimator for Large-Dimensional Covariance
        Matrices, Journal of Multivariate Analysis 88, 2004, https://doi.org/10.1016/S0047-259X(03)00096-4

    Example:
        >>> fitted = fit_mahalanobis(torch.tensor([[0.0], [2.0], [9.0], [11.0]]), torch.tensor([0, 0, 1, 1]))
        >>> fitted.confidence(torch.tensor([[1.0], [10.0], [13.0]]))
        tensor([-0., -0., -9.], dtype=torch.float64)
    """
    rows = _finite(features)
    if labels.shape != rows.shape[:1]:
        raise ValueError(f"expected `labels` of shape ({len(rows)},), one per feature, got {tuple(labels.shape)}")
    classes, places = labels.to(rows.device).unique(return_inverse=True)
    counts = places.bincount(minlength=len(classes))
    means = rows.new_zeros(len(classes), rows.shape[1]).index_add_(0, places, rows) / counts[:, None]
    residuals = rows - means[places]
    if not residuals.any():
        raise ValueError(
            f"expected a class with two different calibration features, got {len(classes)} classes "
            f"of {len(rows)} images without; calibrate on more images"
        )
    from sklearn.covariance import LedoitWolf  # takes long to load

    covariance = LedoitWolf(assume_centered=True).fit(residuals.cpu().numpy()).covariance_
    # C = L L^T, so the inverse is L^-T L^-1 and W = L^-T.
    lower = torch.linalg.cholesky(torch.from_numpy(covariance).to(rows))
    unit = torch.eye(len(lower), dtype=rows.dtype, device=rows.device)
    return ClassGaussians(means=means, whitening=torch.linalg.solve_triangular(lower, unit, upper=False).T.contiguous())


def _checked(features: Tensor, width: int) -> Tensor:
    """The features in float64, rows that are not finite turned into NaN throughout."""
    if features.ndim != 2 or features.shape[1] != width:
        raise ValueError(f"expected `features` of shape (N, {width}) as in calibration, got {tuple(features.shape)}")
    return features.double().masked_fill(~features.isfinite().all(dim=1, keepdim=True), torch.nan)


def _finite(features: Tensor) -> Tensor:
    if features.ndim != 2 or not features.numel():
        raise ValueError(f"expected `features` of shape (M, D) with at least one row, got {tuple(features.shape)}")
    if not features.isfinite().all():
        broken = int((~features.isfinite().all(dim=1)).sum())
        raise ValueError(f"expected finite `features`, got {broken} of {len(features)} rows with NaN or infinity")
    return features.detach().double()
