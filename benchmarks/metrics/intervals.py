"""Intervals: Wilson for plain rates, and one bootstrap over image ids that every other figure shares.

The bootstrap draws how often each image is taken, once. Any metric that accepts weights is then evaluated on
the same draws, so figures of different metrics, conditions and models are paired.

Reference:
    Wilson, Probable Inference, the Law of Succession, and Statistical Inference, JASA 1927.
    Efron and Tibshirani, An Introduction to the Bootstrap, 1993, chapters 13 (percentile) and 16.
    Kish, Survey Sampling, 1965 (effective number of independent units).
"""

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

__all__ = [
    "bootstrap",
    "effective_images",
    "hull_interval",
    "percentile_interval",
    "resample_counts",
    "resamples_for",
    "wilson",
]

Array = npt.NDArray[np.float64]

_Z95 = 1.959963984540054  # 97.5 % quantile of the standard normal
_CHUNK = 400_000  # weights in memory at once: a few MB, whatever the number of images


def wilson(successes: npt.ArrayLike, n: npt.ArrayLike) -> tuple[Array, Array]:
    """Wilson's 95 % interval of a rate.

    Args:
        successes: number of successes, any shape.
        n: number of independent trials, of the same shape; fractional where it is an effective number.

    Returns:
        Low and high in [0, 1], of the same shape; NaN where ``n`` is 0.

    Raises:
        ValueError: ``successes`` outside 0..``n``.

    Example:
        >>> low, high = wilson(9, 10)
        >>> f"{low:.3f} {high:.3f}"
        '0.596 0.982'
    """
    k, n = np.asarray(successes, dtype=np.float64), np.asarray(n, dtype=np.float64)
    if not ((k >= 0) & (k <= n * (1 + 1e-9))).all():
        raise ValueError(f"expected `successes` in 0..n, got {k.tolist()} of {n.tolist()}")
    with np.errstate(invalid="ignore", divide="ignore"):
        rate = np.minimum(k / n, 1.0)
        spread = _Z95 * np.sqrt(rate * (1 - rate) / n + _Z95**2 / (4 * n**2))
        centre, scale = rate + _Z95**2 / (2 * n), 1 + _Z95**2 / n
        low, high = (centre - spread) / scale, (centre + spread) / scale
    # The ends are exactly 0 and 1 there; rounding leaves them 1e-17 off.
    return np.where(rate == 0, 0.0, low), np.where(rate == 1, 1.0, high)


def effective_images(rows: npt.ArrayLike) -> float:
    """Kish's number of independent images behind rows that repeat images: (sum m)^2 / sum m^2.

    It treats all rows of an image as copies of one answer, so an interval from it errs on the wide side.

    Args:
        rows: (N,) number of rows of each image.

    Returns:
        A number in 0..N; N when each image has equally many rows.

    Example:
        >>> effective_images([3, 3, 0]), effective_images([8, 1, 1])
        (2.0, 1.515...)
    """
    m = np.asarray(rows, dtype=np.float64)
    square = float((m**2).sum())
    return float(m.sum()) ** 2 / square if square else 0.0


def resamples_for(n: int) -> int:
    """How many resamples ``n`` images get: 1,000 up to 5,000 images, 200 above, to bound the time."""
    return 1000 if n <= 5000 else 200


def resample_counts(n: int, resamples: int, seed: int) -> npt.NDArray[np.uint8]:
    """Draw the bootstrap: how often each image is taken in each resample.

    Args:
        n: number of images.
        resamples: number of resamples, B.
        seed: the same seed gives the same draws.

    Returns:
        (B, N) counts; every row sums to ``n``.

    Example:
        >>> resample_counts(4, 2, seed=0).sum(axis=1).tolist()
        [4, 4]
    """
    generator = np.random.default_rng(seed)
    counts = np.zeros((resamples, n), dtype=np.uint8)  # 256 draws of one image among > 255 do not occur
    if n:
        for row in counts:
            row[:] = np.bincount(generator.integers(n, size=n), minlength=n)
    return counts


def bootstrap(statistic: Callable[[Array], Array], counts: npt.NDArray[np.uint8]) -> Array:
    """Evaluate ``statistic`` on every resample, a few resamples at a time so that memory stays bounded.

    Args:
        statistic: (b, N) weights -> (b,) or (b, M) figures.
        counts: (B, N) from :func:`resample_counts`.

    Returns:
        (B,) or (B, M) figures.

    Example:
        >>> hits = np.array([1.0, 0.0, 1.0, 1.0])
        >>> bootstrap(lambda w: w @ hits / w.sum(axis=1), resample_counts(4, 3, seed=0)).shape
        (3,)
    """
    step = max(1, _CHUNK // max(1, counts.shape[1]))
    parts = [statistic(counts[i : i + step].astype(np.float64)) for i in range(0, len(counts), step)]
    return np.concatenate(parts)


def percentile_interval(samples: Array, value: float) -> tuple[float, float]:
    """The 2.5 % and 97.5 % percentiles of the resampled figures, widened to hold ``value`` if need be.

    Args:
        samples: (B,) figures; NaN where a resample leaves the figure undefined, and left out then.
        value: the figure of the full sample.

    Returns:
        Low and high; NaN if ``value`` or every resample is undefined.
    """
    defined = samples[~np.isnan(samples)]
    if np.isnan(value) or not defined.size:
        return float("nan"), float("nan")
    low, high = np.percentile(defined, [2.5, 97.5])
    return min(float(low), value), max(float(high), value)


def hull_interval(samples: Array, value: float) -> tuple[float, float]:
    """From the mirrored percentile below, cut at 0, to the plain percentile above: for calibration errors.

    A finite sample shows gaps even where there are none, and a resample adds as much again, so plain
    percentiles lie above the truth; mirrored at ``value`` they undo one such step, but may then end at
    ``value`` itself. The hull keeps the honest end of each. Its coverage is simulated in the tests.

    Args:
        samples: (B,) figures; NaN where undefined, and left out then.
        value: the figure of the full sample, >= 0.

    Returns:
        Low and high; NaN if ``value`` or every resample is undefined.
    """
    defined = samples[~np.isnan(samples)]
    if np.isnan(value) or not defined.size:
        return float("nan"), float("nan")
    low, high = np.percentile(defined, [2.5, 97.5])
    return max(0.0, min(2 * value - float(high), value)), max(float(high), 2 * value - float(low), value)
