"""Calibration: does a confidence of 0.8 mean right four times in five?

ECE is biased upward in small samples and depends on its bins, and a constant base-rate predictor scores 0:
read it beside Brier score, NLL and AUROC.

Reference:
    Naeini et al., Obtaining Well Calibrated Probabilities Using Bayesian Binning, AAAI 2015.
    Guo et al., On Calibration of Modern Neural Networks, ICML 2017, https://arxiv.org/abs/1706.04599
    Nguyen and O'Connor, Posterior Calibration and Exploratory Analysis, 2015 (equal-mass bins),
    https://arxiv.org/abs/1508.05154
"""

import numpy as np
import numpy.typing as npt

__all__ = [
    "BINS",
    "adaptive_ece",
    "brier",
    "ece",
    "equal_mass_bins",
    "equal_width_bins",
    "nll",
    "weighted_ece",
]

Array = npt.NDArray[np.float64]
Bins = npt.NDArray[np.intp]

BINS = 15  # Guo et al. 2017, section 5


def equal_width_bins(confidence: Array) -> Bins:
    """Bin of each confidence among 15 of width 1/15, closed on the right; 0 falls into the first.

    Args:
        confidence: (N,) top-label probabilities in [0, 1].

    Returns:
        (N,) bins 0..14.
    """
    return np.maximum(np.searchsorted(np.linspace(0, 1, BINS + 1), confidence, side="left") - 1, 0)


def equal_mass_bins(confidence: Array) -> Bins:
    """Bin of each confidence among 15 of equally many images; equal confidences share a bin.

    Args:
        confidence: (N,) top-label probabilities.

    Returns:
        (N,) bins 0..14, some empty where ties are many.
    """
    first = np.searchsorted(np.sort(confidence), confidence, side="left")
    return first * BINS // max(1, confidence.size)


def weighted_ece(bins: Bins, gap: Array, weights: Array) -> Array:
    """Sum over bins of |sum of gaps| over all images, for weighted images.

    The bins are those of the full sample and stay where they are in a resample.

    Args:
        bins: (N,) bin of each image.
        gap: (N,) correct minus confidence.
        weights: (B, N) how often each image is taken.

    Returns:
        (B,) calibration errors in [0, 1]; NaN where no image is taken.
    """
    spread = np.zeros((gap.size, BINS))
    spread[np.arange(gap.size), bins] = gap
    with np.errstate(invalid="ignore"):
        return np.asarray(np.abs(weights @ spread).sum(axis=1) / weights.sum(axis=1))


def ece(confidence: npt.ArrayLike, correct: npt.ArrayLike) -> float:
    """ECE: sum over 15 equal-width bins of (n_b / N) |accuracy_b - mean confidence_b|.

    Args:
        confidence: (N,) top-label probabilities in [0, 1].
        correct: (N,) booleans.

    Returns:
        A fraction in [0, 1], lower is better; NaN without images.

    Raises:
        ValueError: shapes differ, or a confidence is NaN or outside [0, 1].

    Example:
        >>> round(ece([0.9, 0.9, 0.6, 0.6], [True, False, True, True]), 6)
        0.4
    """
    score, right = _checked(confidence, correct)
    return float(weighted_ece(equal_width_bins(score), right - score, np.ones((1, score.size)))[0])


def adaptive_ece(confidence: npt.ArrayLike, correct: npt.ArrayLike) -> float:
    """Adaptive ECE: as :func:`ece`, over 15 bins of equally many images; arguments and errors as there."""
    score, right = _checked(confidence, correct)
    return float(weighted_ece(equal_mass_bins(score), right - score, np.ones((1, score.size)))[0])


def brier(probabilities: npt.ArrayLike, labels: npt.ArrayLike) -> float:
    """Brier score: mean over images of sum_k (p_k - y_k)^2, in [0, 2]; some divide by K.

    Args:
        probabilities: (N, K), rows summing to 1.
        labels: (N,) integers in 0..K-1.

    Returns:
        The mean, lower is better; NaN without images.

    Raises:
        ValueError: shapes that do not fit, NaN, rows that do not sum to 1, labels out of range.

    Example:
        >>> round(brier([[0.8, 0.2]], [0]), 6)
        0.08
    """
    p, y = _checked_probabilities(probabilities, labels)
    target = np.eye(p.shape[1])[y]
    return float(((p - target) ** 2).sum(axis=1).mean()) if y.size else float("nan")


def nll(probabilities: npt.ArrayLike, labels: npt.ArrayLike) -> float:
    """NLL: mean over images of -ln p(label), in nats; infinite where a label got probability 0.

    Args:
        probabilities: (N, K), rows summing to 1.
        labels: (N,) integers in 0..K-1.

    Returns:
        The mean, lower is better; NaN without images.

    Raises:
        ValueError: as :func:`brier`.

    Example:
        >>> round(nll([[0.8, 0.2]], [0]), 6)
        0.223144
    """
    p, y = _checked_probabilities(probabilities, labels)
    with np.errstate(divide="ignore"):
        return float(-np.log(p[np.arange(y.size), y]).mean()) if y.size else float("nan")


def _checked(confidence: npt.ArrayLike, correct: npt.ArrayLike) -> tuple[Array, Array]:
    score, right = np.asarray(confidence, dtype=np.float64), np.asarray(correct, dtype=np.float64)
    if score.ndim != 1 or score.shape != right.shape:
        raise ValueError(f"expected `confidence` and `correct` of one shape (N,), got {score.shape}, {right.shape}")
    if not ((score >= 0) & (score <= 1)).all():  # also catches NaN
        raise ValueError("expected `confidence` as probabilities in [0, 1]; pass max softmax, not logits")
    if not np.isin(right, (0, 1)).all():
        raise ValueError("expected `correct` of booleans, got other values")
    return score, right


def _checked_probabilities(probabilities: npt.ArrayLike, labels: npt.ArrayLike) -> tuple[Array, npt.NDArray[np.intp]]:
    p, y = np.asarray(probabilities, dtype=np.float64), np.asarray(labels, dtype=np.intp)
    if p.ndim != 2 or y.shape != p.shape[:1]:
        raise ValueError(f"expected `probabilities` (N, K) and `labels` (N,), got {p.shape}, {y.shape}")
    if not ((p >= 0).all() and np.allclose(p.sum(axis=1), 1, atol=1e-4)):
        raise ValueError("expected rows of `probabilities` >= 0 that sum to 1; pass softmax, not logits")
    if ((y < 0) | (y >= p.shape[1])).any():
        raise ValueError(f"expected `labels` in 0..{p.shape[1] - 1}, got {int(y.min())}..{int(y.max())}")
    return p, y
