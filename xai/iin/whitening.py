"""Few uncorrelated coordinates of wide features, with what they leave out kept, so that nothing is lost.

Units are standardised, so that a loud one does not count for more; then the leading principal components are scaled to
variance 1. What is outside of them stays with each image as it is, in standardised units: features come back exactly
from both parts, and an edit of the coordinates leaves the rest alone.
"""

import torch
from torch import Tensor, nn

__all__ = ["Whitening", "check_features", "fit_whitening"]

_CONSTANT = 1e-6  # a spread below this fraction of the mean is rounding in float32
_SMALLEST = 1e-6  # variance of a component as a fraction of the largest, below which float32 has no digits for it


class Whitening(nn.Module):
    """An invertible map from features to whitened coordinates and the rest, made by :func:`fit_whitening`.

    Args:
        features: D, width of the features.
        components: k, number of coordinates.

    Attributes:
        mean: (D,) of each unit.
        scale: (D,) standard deviation of each unit; 1 where it is constant.
        basis: (D, k) orthonormal directions, in standardised units.
        spread: (k,) standard deviation along each.
        kept: share of the variance of standardised units that is in the coordinates.
    """

    mean: Tensor
    scale: Tensor
    basis: Tensor
    spread: Tensor
    kept: Tensor

    def __init__(self, features: int, components: int) -> None:
        super().__init__()
        self.register_buffer("mean", torch.zeros(features))
        self.register_buffer("scale", torch.ones(features))
        self.register_buffer("basis", torch.eye(features, components))
        self.register_buffer("spread", torch.ones(components))
        self.register_buffer("kept", torch.ones(()))

    def forward(self, features: Tensor) -> tuple[Tensor, Tensor]:
        """Take features (N, D) apart into coordinates (N, k) and the rest (N, D)."""
        check_features(features, width=len(self.mean))
        units = (features - self.mean) / self.scale
        inside = units @ self.basis
        return inside / self.spread, units - inside @ self.basis.T

    def inverse(self, coordinates: Tensor, rest: Tensor) -> Tensor:
        """Put features (N, D) together from coordinates (N, k) and the rest (N, D)."""
        return (coordinates * self.spread @ self.basis.T + rest) * self.scale + self.mean


def check_features(features: Tensor, *, width: int | None = None) -> None:
    """Refuse features that are not (N, D), of the width, floating and finite.

    Raises:
        ValueError: with what was expected and what came.
    """
    if features.ndim != 2 or (width is not None and features.shape[1] != width):
        expected = "D" if width is None else width
        raise ValueError(
            f"expected features of shape (N, {expected}), got {tuple(features.shape)}; flatten each image's"
        )
    if not features.is_floating_point():
        raise ValueError(f"expected floating features, got {features.dtype}")
    bad = int((~features.isfinite()).any(1).sum())
    if bad:
        raise ValueError(
            f"expected finite features, got NaN or infinity in {bad} of {len(features)} rows; leave them out"
        )


def fit_whitening(features: Tensor, *, components: int = 32) -> Whitening:
    """Find the leading components of features.

    Args:
        features: (N, D); there may be fewer images than dimensions.
        components: how many at most; there are no more than directions in which the images differ.

    Returns:
        The map, in the dtype and on the device of the features.

    Raises:
        ValueError: features that are not finite, or do not differ between images.
    """
    check_features(features)
    if components < 1:
        raise ValueError(f"expected `components` of at least 1, got {components}")
    if len(features) < 2:
        raise ValueError(f"expected features of at least 2 images, got {len(features)}")
    x = features.double()
    mean, scale = x.mean(0), x.std(0, correction=0)
    constant = scale <= _CONSTANT * mean.abs()
    if constant.all():
        raise ValueError(f"expected features that differ between images, got {len(features)} times the same")
    scale = torch.where(constant, 1.0, scale)
    variances, basis = _principal((x - mean) / scale, components)
    found = Whitening(x.shape[1], len(variances)).to(features)
    for name, value in (
        ("mean", mean),
        ("scale", scale),
        ("basis", basis),
        ("spread", variances.sqrt()),
        ("kept", variances.sum() / (~constant).sum()),
    ):
        getattr(found, name).copy_(value)
    return found


def _principal(units: Tensor, components: int) -> tuple[Tensor, Tensor]:
    """The largest variances (k,), falling, and directions (D, k), through the smaller of the two Gram matrices."""
    n, width = units.shape
    wide = width > n
    variances, vectors = torch.linalg.eigh((units @ units.T if wide else units.T @ units) / n)
    count = min(components, int((variances > _SMALLEST * variances[-1]).sum()))
    variances, vectors = variances.flip(0)[:count], vectors.flip(1)[:, :count]
    return variances, units.T @ vectors / (n * variances).sqrt() if wide else vectors
