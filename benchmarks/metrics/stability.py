"""Stability along perturbation sequences: flip probability, top-5 distance, Zipf distance, and AlexNet's own.

Frames are compared with the frame before, or with the first one where frames do not follow each other, as in
sequences of noise. Fractions and plain distances, unless a name says percent.

Reference:
    Hendrycks and Dietterich, Benchmarking Neural Network Robustness to Common Corruptions and Perturbations,
    ICLR 2019, section 4.2 and appendix E, https://arxiv.org/abs/1903.12261; details as in ImageNet-P/test.py of
    hendrycks/robustness, with which AlexNet was measured.
"""

from collections.abc import Mapping
from typing import TypeVar

import numpy as np
import numpy.typing as npt

__all__ = [
    "ALEXNET_FLIP_PROBABILITY",
    "ALEXNET_TOP5_DISTANCE",
    "TEST_PERTURBATIONS",
    "class_order",
    "flip_probability",
    "flip_rates",
    "mean_flip_rate",
    "mean_top5_rate",
    "top5_distance",
    "top5_distances",
    "top5_rates",
    "top_ranks",
    "zipf_distance",
    "zipf_distances",
]

Array = npt.NDArray[np.float64]
Figure = TypeVar("Figure", float, npt.NDArray[np.float64])

_DEPTH = 5

# Flip probability and top-5 distance on the published ImageNet-P: ten test perturbations, then four for validation.
_ALEXNET = {
    "gaussian_noise": (0.2365, 4.77),
    "shot_noise": (0.3006, 5.76),
    "motion_blur": (0.0930, 1.93),
    "zoom_blur": (0.0594, 1.34),
    "snow": (0.1193, 2.42),
    "brightness": (0.0489, 1.19),
    "translate": (0.1101, 2.63),
    "rotate": (0.1310, 2.95),
    "tilt": (0.0705, 1.75),
    "scale": (0.2353, 4.48),
    "speckle_noise": (0.1865, 3.89),
    "gaussian_blur": (0.0278, 0.70),
    "spatter": (0.0505, 1.26),
    "shear": (0.1066, 2.48),
}
ALEXNET_FLIP_PROBABILITY = {name: flips for name, (flips, _) in _ALEXNET.items()}
ALEXNET_TOP5_DISTANCE = {name: distance for name, (_, distance) in _ALEXNET.items()}
TEST_PERTURBATIONS = tuple(ALEXNET_FLIP_PROBABILITY)[:10]


def flip_probability(predictions: npt.ArrayLike, *, to_first: bool) -> Array:
    """Share of the frames after the first whose prediction is another than before.

    Args:
        predictions: (N, F) class indices of F >= 2 frames.
        to_first: compare with the first frame instead of the frame before; for noise.

    Returns:
        (N,) in [0, 1].

    Raises:
        ValueError: other than two dimensions, or fewer than two frames.

    Example:
        >>> flip_probability([[3, 1, 1]], to_first=False), flip_probability([[3, 1, 1]], to_first=True)
        (array([0.5]), array([1.]))
    """
    labels = np.asarray(predictions)
    if labels.ndim != 2 or labels.shape[1] < 2:
        raise ValueError(f"expected `predictions` of shape (N, F) with at least two frames, got {labels.shape}")
    before = labels[:, :1] if to_first else labels[:, :-1]
    changed: Array = (labels[:, 1:] != before).mean(axis=1)
    return changed


def class_order(logits: npt.ArrayLike) -> npt.NDArray[np.int64]:
    """Classes from the highest logit to the lowest; of equal ones, the lower index first.

    Args:
        logits: (..., K), finite.

    Returns:
        (..., K) class indices.

    Example:
        >>> class_order([0.1, 2.0, 0.1]).tolist()
        [1, 0, 2]
    """
    order: npt.NDArray[np.int64] = np.argsort(-np.asarray(logits), axis=-1, kind="stable")
    return order


def top_ranks(previous_order: npt.ArrayLike, order: npt.ArrayLike) -> npt.NDArray[np.int64]:
    """The ranks in a new frame of the classes that were first, second, ... before; 1 is the best.

    Args:
        previous_order: (..., K) class indices, best first, from :func:`class_order`.
        order: the same of the new frame.

    Returns:
        (..., K) ranks in 1..K.

    Raises:
        ValueError: the shapes differ.

    Example:
        >>> top_ranks([7, 5, 6, 0, 1, 2, 3, 4], [5, 6, 7, 0, 1, 2, 3, 4]).tolist()
        [3, 1, 2, 4, 5, 6, 7, 8]
    """
    before, now = np.asarray(previous_order), np.asarray(order)
    if before.shape != now.shape or not before.shape:
        raise ValueError(f"expected two orders of one shape (..., K), got {before.shape} and {now.shape}")
    ranks = np.empty_like(now)
    np.put_along_axis(ranks, now, np.broadcast_to(np.arange(1, now.shape[-1] + 1), now.shape), axis=-1)
    return np.take_along_axis(ranks, before, axis=-1)


def top5_distance(previous_order: npt.ArrayLike, order: npt.ArrayLike) -> Array:
    """How far the five best classes moved, counting only places within reach of the top five.

    The sum over i = 1..5 of ``|min(i - 1, 5) - min(rank_i - 1, 5)|``, where rank_i is the new rank of the class
    that had rank i. With fewer than five classes, the definition of which leaves them out, i goes over all of
    them.

    Args:
        previous_order: (..., K) class indices, best first.
        order: the same of the new frame.

    Returns:
        (...) in 0..15; 0 if the five keep their places.

    Example:
        >>> top5_distance([0, 1, 2, 3, 4, 5], [1, 0, 2, 3, 4, 5])
        array(2.)
    """
    ranks = top_ranks(previous_order, order)[..., :_DEPTH]
    places = np.arange(ranks.shape[-1])
    return np.asarray(np.abs(places - np.minimum(ranks - 1, _DEPTH)).sum(axis=-1), dtype=np.float64)


def zipf_distance(previous_order: npt.ArrayLike, order: npt.ArrayLike) -> Array:
    """How far all classes moved, the best ones weighing most: the sum of ``(1 / i) |1 / i - 1 / rank_i|``.

    Args:
        previous_order: (..., K) class indices, best first.
        order: the same of the new frame.

    Returns:
        (...) of at least 0.

    Example:
        >>> zipf_distance([0, 1], [1, 0])
        array(0.75)
    """
    ranks = top_ranks(previous_order, order)
    weights = 1 / np.arange(1, ranks.shape[-1] + 1)
    return np.asarray((weights * np.abs(weights - 1 / ranks)).sum(axis=-1))


def top5_distances(logits: npt.ArrayLike, *, to_first: bool) -> Array:
    """Mean :func:`top5_distance` along each sequence.

    Args:
        logits: (N, F, K), finite, of F >= 2 frames.
        to_first: compare with the first frame instead of the frame before; for noise.

    Returns:
        (N,) in 0..15.

    Raises:
        ValueError: other than three dimensions, or fewer than two frames.
    """
    return np.asarray(top5_distance(*_compared(logits, to_first=to_first)).mean(axis=1))


def zipf_distances(logits: npt.ArrayLike, *, to_first: bool) -> Array:
    """Mean :func:`zipf_distance` along each sequence; arguments as :func:`top5_distances`."""
    return np.asarray(zipf_distance(*_compared(logits, to_first=to_first)).mean(axis=1))


def flip_rates(probabilities: Mapping[str, Figure]) -> dict[str, Figure]:
    """Flip probabilities in percent of AlexNet's: 100 is AlexNet, lower is better.

    Args:
        probabilities: fraction by perturbation, the mean over sequences or one figure per resample.

    Returns:
        Percent by perturbation, in the order given.

    Raises:
        ValueError: an unknown perturbation.
    """
    return _normalised(probabilities, ALEXNET_FLIP_PROBABILITY)


def top5_rates(distances: Mapping[str, Figure]) -> dict[str, Figure]:
    """Top-5 distances in percent of AlexNet's; as :func:`flip_rates`."""
    return _normalised(distances, ALEXNET_TOP5_DISTANCE)


def mean_flip_rate(probabilities: Mapping[str, Figure]) -> Figure:
    """MFR: the mean flip rate of the ten test perturbations, in percent.

    Args:
        probabilities: {perturbation: flip probability as a fraction, or (B,) resampled ones}. All ten; those for
            validation may be there and do not count.

    Returns:
        mFR: 100 is AlexNet, 58.0 the ResNet-50 of the paper's time.

    Raises:
        ValueError: a test perturbation is missing (the message names it), or unknown.

    Example:
        >>> round(float(mean_flip_rate({name: 0.05 for name in TEST_PERTURBATIONS})), 2)
        49.56
    """
    return _mean_rate(flip_rates(probabilities))


def mean_top5_rate(distances: Mapping[str, Figure]) -> Figure:
    """mT5D: the mean of the ten top-5 distances, each in percent of AlexNet's; as :func:`mean_flip_rate`."""
    return _mean_rate(top5_rates(distances))


def _compared(logits: npt.ArrayLike, *, to_first: bool) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """The orders (N, F - 1, K) of the frames that are compared."""
    scores = np.asarray(logits)
    if scores.ndim != 3 or scores.shape[1] < 2:
        raise ValueError(f"expected `logits` of shape (N, F, K) with at least two frames, got {scores.shape}")
    orders = class_order(scores)
    before = np.broadcast_to(orders[:, :1], orders[:, 1:].shape) if to_first else orders[:, :-1]
    return before, orders[:, 1:]


def _normalised(figures: Mapping[str, Figure], alexnet: Mapping[str, float]) -> dict[str, Figure]:
    unknown = [name for name in figures if name not in alexnet]
    if unknown:
        raise ValueError(f"expected perturbations among {', '.join(alexnet)}, got {unknown}")
    return {name: 100 * figure / alexnet[name] for name, figure in figures.items()}


def _mean_rate(rates: Mapping[str, Figure]) -> Figure:
    missing = [name for name in TEST_PERTURBATIONS if name not in rates]
    if missing:
        raise ValueError(
            f"expected all ten test perturbations, missing {missing}; "
            "report the mean of those at hand, not normalised, under another name"
        )
    mean: Figure = np.mean([rates[name] for name in TEST_PERTURBATIONS], axis=0)
    return mean
