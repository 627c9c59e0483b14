"""Selective classification: how well a confidence tells right answers from wrong ones.

Sort by confidence, keep the first k. Points exist at distinct confidences only (ties are kept or dropped
together), areas use the trapezoid rule, and the point at coverage 0 repeats the first risk (AURC) or is 0
(AUGRC), as fd-shifts does. Areas are plain fractions; fd-shifts shows them times 1,000. torch-uncertainty
scales by 1 / (1 - 1/N) and starts at one image, so its values differ slightly.

The weighted forms work on a :class:`Curve`, one row per resample; a weight is how often an image is taken.

Reference:
    Geifman and El-Yaniv, Selective Classification for Deep Neural Networks, 2017, https://arxiv.org/abs/1705.08500
    Geifman et al., Bias-Reduced Uncertainty Estimation (E-AURC), 2019, https://arxiv.org/abs/1805.08206
    Traub et al., Overcoming Common Flaws in the Evaluation of Selective Classification Systems (AUGRC), 2024,
    https://arxiv.org/abs/2407.01032
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.special import xlogy

__all__ = [
    "Curve",
    "Ranking",
    "augrc",
    "aurc",
    "auroc",
    "curve",
    "curve_augrc",
    "curve_aurc",
    "curve_auroc",
    "curve_e_aurc",
    "curve_fpr95",
    "e_aurc",
    "fpr95",
    "rank",
]

Array = npt.NDArray[np.float64]


@dataclass(frozen=True, kw_only=True)
class Ranking:
    """Images by falling confidence.

    Attributes:
        order: (N,) positions, most confident first.
        wrong: (N,) 1 where the answer is wrong, else 0, in that order.
        ends: (G,) last place, in that order, of each group of equal confidences.
    """

    order: npt.NDArray[np.intp]
    wrong: Array
    ends: npt.NDArray[np.intp]


@dataclass(frozen=True, kw_only=True)
class Curve:
    """What is kept at each distinct threshold, the strictest first; column 0 keeps nothing.

    Attributes:
        kept: (B, G + 1) weight of the images kept.
        failed: (B, G + 1) weight of the wrong ones among them.
    """

    kept: Array
    failed: Array


def rank(confidence: npt.ArrayLike, correct: npt.ArrayLike) -> Ranking:
    """Sort by falling confidence and find the ties.

    Args:
        confidence: (N,) higher = more confident; any finite or infinite scale.
        correct: (N,) booleans.

    Raises:
        ValueError: different or other than one-dimensional shapes, NaN, or ``correct`` other than 0 and 1.
    """
    score, right = np.asarray(confidence, dtype=np.float64), np.asarray(correct, dtype=np.float64)
    if score.ndim != 1 or score.shape != right.shape:
        raise ValueError(f"expected `confidence` and `correct` of one shape (N,), got {score.shape}, {right.shape}")
    if np.isnan(score).any():
        raise ValueError(f"expected `confidence` without NaN, got {int(np.isnan(score).sum())}; drop those images")
    if not np.isin(right, (0, 1)).all():
        raise ValueError("expected `correct` of booleans, got other values")
    order = np.argsort(-score, kind="stable")
    fell = score[order][1:] != score[order][:-1]
    ends = np.flatnonzero(np.append(fell, [True] * min(1, score.size)))
    return Ranking(order=order, wrong=1 - right[order], ends=ends)


def curve(ranking: Ranking, weights: Array) -> Curve:
    """Accumulate weights down the ranking.

    Args:
        ranking: of N images.
        weights: (B, N) how often each image is taken, in the order of ``ranking.order``.
    """
    start = np.zeros((len(weights), 1))
    kept = np.cumsum(weights, axis=1)[:, ranking.ends]
    failed = np.cumsum(weights * ranking.wrong, axis=1)[:, ranking.ends]
    return Curve(kept=np.hstack([start, kept]), failed=np.hstack([start, failed]))


def curve_aurc(points: Curve) -> Array:
    """AURC, area of the selective risk over coverage, (B,)."""
    with np.errstate(invalid="ignore"):
        risk = points.failed / points.kept
        before = np.where(points.kept[:, :-1] > 0, risk[:, :-1], risk[:, 1:])
        step = np.diff(points.kept, axis=1)
        # Thresholds that no image of a resample reaches have width 0 and, at the start, no risk.
        area = np.where(step > 0, step * (before + risk[:, 1:]) / 2, 0.0).sum(axis=1)
        return np.asarray(area / points.kept[:, -1])


def curve_augrc(points: Curve) -> Array:
    """AUGRC, area of the generalised risk (failures over all images) over coverage, (B,)."""
    area = _trapezoid(points.failed, points.kept)
    with np.errstate(invalid="ignore"):
        return np.asarray(area / points.kept[:, -1] ** 2)


def curve_e_aurc(points: Curve) -> Array:
    """AURC above that of the ideal ranking, err + (1 - err) ln(1 - err), (B,)."""
    with np.errstate(invalid="ignore"):
        error = points.failed[:, -1] / points.kept[:, -1]
    return np.asarray(curve_aurc(points) - (error + xlogy(1 - error, 1 - error)))


def curve_auroc(points: Curve) -> Array:
    """AUROC with right answers as positives, ties counted half, (B,)."""
    passed = points.kept - points.failed
    area = _trapezoid(passed, points.failed)
    with np.errstate(invalid="ignore"):
        return np.asarray(area / (passed[:, -1] * points.failed[:, -1]))


def curve_fpr95(points: Curve) -> Array:
    """Smallest share of wrong answers kept where at least 95 % (0.9495) of the right ones are kept, (B,)."""
    passed = points.kept - points.failed
    first = np.argmax(passed >= 0.9495 * passed[:, -1:], axis=1)
    kept_wrong = points.failed[np.arange(len(first)), first]
    with np.errstate(invalid="ignore"):
        return np.where(passed[:, -1] > 0, kept_wrong / points.failed[:, -1], np.nan)


def aurc(confidence: npt.ArrayLike, correct: npt.ArrayLike) -> float:
    """AURC, area under the risk-coverage curve: a fraction, lower is better.

    Args:
        confidence: (N,) higher = more confident.
        correct: (N,) booleans.

    Returns:
        A fraction in [0, 1]; the error rate for random confidences. NaN without images.

    Raises:
        ValueError: shapes differ, NaN confidences, or ``correct`` other than booleans.

    Example:
        >>> round(aurc([0.9, 0.8, 0.7, 0.6], [True, True, False, True]), 6)
        0.114583
    """
    return float(curve_aurc(_plain(confidence, correct))[0])


def augrc(confidence: npt.ArrayLike, correct: npt.ArrayLike) -> float:
    """AUGRC, area under the generalised risk-coverage curve: mean risk of an undetected failure.

    AUGRC = (1 - AUROC) acc err + err^2 / 2, exactly, ties included.

    Args:
        confidence: (N,) higher = more confident.
        correct: (N,) booleans.

    Returns:
        A fraction in [0, 1/2], lower is better; half the error rate for random confidences. NaN if N is 0.

    Raises:
        ValueError: as :func:`aurc`.

    Example:
        >>> augrc([0.9, 0.8, 0.7, 0.6], [True, True, False, True])
        0.09375
    """
    return float(curve_augrc(_plain(confidence, correct))[0])


def e_aurc(confidence: npt.ArrayLike, correct: npt.ArrayLike) -> float:
    """E-AURC: AURC minus err + (1 - err) ln(1 - err), the AURC of an ideal ranking of infinitely many images.

    Slightly negative for a perfect ranking of few images. Arguments, errors and range as :func:`aurc`.
    """
    return float(curve_e_aurc(_plain(confidence, correct))[0])


def auroc(confidence: npt.ArrayLike, correct: npt.ArrayLike) -> float:
    """AUROC: chance that a right answer is more confident than a wrong one, ties counted half.

    Args:
        confidence: (N,) higher = more confident.
        correct: (N,) booleans, right answers are the positives.

    Returns:
        A fraction in [0, 1], higher is better; NaN when all answers are right, or all wrong.

    Raises:
        ValueError: as :func:`aurc`.

    Example:
        >>> auroc([0.9, 0.8, 0.7, 0.6], [True, True, False, True])
        0.666...
    """
    return float(curve_auroc(_plain(confidence, correct))[0])


def fpr95(confidence: npt.ArrayLike, correct: npt.ArrayLike) -> float:
    """FPR at 95 % TPR: share of wrong answers let through when 95 % of the right ones are.

    The smallest rate among thresholds with TPR >= 0.9495, as fd-shifts takes it.

    Args:
        confidence: (N,) higher = more confident.
        correct: (N,) booleans, right answers are the positives.

    Returns:
        A fraction in [0, 1], lower is better; NaN when all answers are right, or all wrong.

    Raises:
        ValueError: as :func:`aurc`.
    """
    return float(curve_fpr95(_plain(confidence, correct))[0])


def _trapezoid(height: Array, place: Array) -> Array:
    return np.asarray((np.diff(place, axis=1) * (height[:, 1:] + height[:, :-1])).sum(axis=1) / 2)


def _plain(confidence: npt.ArrayLike, correct: npt.ArrayLike) -> Curve:
    ranking = rank(confidence, correct)
    return curve(ranking, np.ones((1, len(ranking.order))))
