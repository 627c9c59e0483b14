"""Temperature scaling: the one number by which logits are divided so that probabilities fit held-out labels.

Predictions do not change. The order of images by maximum softmax can change for K > 2, so AUROC and AURC may
move. A temperature fitted on clean images is usually too small for shifted ones.

The likelihood is concave in 1/T. The fit therefore solves for the zero of its slope, and the two cases without
a zero are known exactly beforehand; they are an error that says so, never a temperature at some bound.

Reference:
    Guo et al., On Calibration of Modern Neural Networks, ICML 2017, section 4.2, https://arxiv.org/abs/1706.04599
"""

import numpy as np
import numpy.typing as npt
from scipy.optimize import brentq
from scipy.special import softmax
from torch import Tensor

__all__ = ["NoTemperatureError", "fit_temperature"]

Array = npt.NDArray[np.float64]


class NoTemperatureError(ValueError):
    """The held-out likelihood has no maximum at a finite temperature above 0."""


def fit_temperature(logits: Tensor, labels: Tensor) -> float:
    """Find T > 0 that minimises the mean NLL of softmax(logits / T) on held-out images.

    Args:
        logits: (N, K), K >= 2, finite; images the classifier was not trained on.
        labels: (N,) integers in 0..K-1.

    Returns:
        T; above 1 for an overconfident classifier.

    Raises:
        NoTemperatureError: all answers are right, so that the likelihood grows for ever as T falls to 0; or the
            labels' logits are on average no higher than the others', so that it grows for ever with T.
        ValueError: shapes that do not fit, no images, logits that are not finite, labels out of range.

    Example:
        >>> import torch
        >>> logits = torch.tensor([[4.0, 0.0], [4.0, 0.0], [4.0, 0.0], [4.0, 0.0]])
        >>> round(fit_temperature(logits, torch.tensor([0, 0, 0, 1])), 4)  # three in four are right: e^(4/T) = 3
        3.641
    """
    z, y = _checked(logits, labels)
    own = z[np.arange(len(y)), y]
    z = z - own[:, None]  # the label's logit becomes 0, so that the slope is the mean logit itself
    if (z <= 0).all():
        raise NoTemperatureError(
            f"expected at least one wrong answer among the {len(y)} held-out images, got none: the likelihood "
            f"grows without end as the temperature falls to 0; fit on more or harder images, or keep 1"
        )
    if _slope(z, 0.0) >= 0:
        raise NoTemperatureError(
            f"expected the labels' logits to be above average on the {len(y)} held-out images, got "
            f"{-z.mean():.3g}: the likelihood grows with the temperature without end; check the order of the classes"
        )
    return 1 / _root(z)


def _slope(z: Array, scale: float) -> float:
    """Of the mean NLL in the inverse temperature ``scale``: the mean expected logit, the label's being 0."""
    return float((softmax(scale * z, axis=1) * z).sum(axis=1).mean())


def _root(z: Array) -> float:
    """The inverse temperature where the NLL is least: its slope is negative at 0 and positive far out."""

    def slope(log_scale: float) -> float:
        return _slope(z, float(np.exp(log_scale)))

    low = high = -float(np.log(np.abs(z).max()))
    while slope(low) >= 0:
        low -= 1
    while slope(high) <= 0:
        high += 1
    return float(np.exp(brentq(slope, low, high, xtol=1e-12)))


def _checked(logits: Tensor, labels: Tensor) -> tuple[Array, npt.NDArray[np.int64]]:
    if logits.ndim != 2 or logits.shape[1] < 2 or labels.shape != logits.shape[:1] or not len(labels):
        raise ValueError(
            f"expected `logits` (N, K) with K >= 2 and `labels` (N,) of at least one image, "
            f"got {tuple(logits.shape)} and {tuple(labels.shape)}"
        )
    if labels.is_floating_point() or int(labels.min()) < 0 or int(labels.max()) >= logits.shape[1]:
        raise ValueError(
            f"expected `labels` as integers in 0..{logits.shape[1] - 1}, "
            f"got {labels.dtype} in {labels.min().item()}..{labels.max().item()}"
        )
    if not logits.isfinite().all():
        broken = int((~logits.isfinite().all(dim=1)).sum())
        raise ValueError(
            f"expected finite `logits`, got {broken} of {len(logits)} rows with NaN or infinity; drop them"
        )
    z: Array = logits.detach().double().cpu().numpy()
    y: npt.NDArray[np.int64] = labels.detach().cpu().numpy().astype(np.int64)
    return z, y
