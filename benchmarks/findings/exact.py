"""Tests of the findings: one-sided, exact where counts allow it, and of arrays at once.

Reference:
    Fisher, The Logic of Inductive Inference, 1935 (exact test of a 2 x 2 table).
    Mehta, Patel and Gray, Computing an Exact Confidence Interval for the Common Odds Ratio in Several 2 x 2
    Contingency Tables, 1985 (the exact distribution of a sum over strata).
    Holm, A Simple Sequentially Rejective Multiple Test Procedure, 1979.
"""

import numpy as np
import numpy.typing as npt
from scipy import stats

__all__ = [
    "agreement",
    "apart_greater",
    "binomial_greater",
    "fisher_greater",
    "holm",
    "normal_greater",
    "outlier_greater",
    "stratified_greater",
]

Array = npt.NDArray[np.float64]


def fisher_greater(hits: npt.ArrayLike, n: npt.ArrayLike, other_hits: npt.ArrayLike, other_n: npt.ArrayLike) -> Array:
    """Fisher's exact test: are hits more frequent in a group than in the others?

    Args:
        hits: in the group, any shape.
        n: size of the group.
        other_hits: outside of it.
        other_n: size of what is outside.

    Returns:
        One-sided p values of the same shape.

    Example:
        >>> round(float(fisher_greater(3, 3, 0, 3)), 3)
        0.05
    """
    k, n = np.asarray(hits), np.asarray(n)
    found = k + np.asarray(other_hits)
    return np.asarray(stats.hypergeom.sf(k - 1, n + np.asarray(other_n), found, n), dtype=np.float64)


def stratified_greater(hits: npt.ArrayLike, n: npt.ArrayLike, all_hits: npt.ArrayLike, all_n: npt.ArrayLike) -> float:
    """Fisher's exact test over strata: are hits more frequent in a group than in the rest of the same strata?

    Given each stratum's totals, the group's hits are hypergeometric in each, and their sum's distribution is exact.

    Args:
        hits: (S,) of the group in each stratum.
        n: (S,) sizes of the group.
        all_hits: (S,) of group and rest together.
        all_n: (S,) sizes of group and rest together.

    Returns:
        The one-sided p value.

    Example:
        >>> round(stratified_greater([3, 0], [3, 2], [3, 0], [6, 4]), 3)
        0.05
    """
    k, n = np.asarray(hits, dtype=np.int64), np.asarray(n, dtype=np.int64)
    found, total = np.asarray(all_hits, dtype=np.int64), np.asarray(all_n, dtype=np.int64)
    distribution, least = np.ones(1), 0
    for one, members, among in zip(found, n, total, strict=True):
        low, high = max(0, one - (among - members)), min(one, members)
        if high > low:
            distribution = np.convolve(distribution, stats.hypergeom.pmf(np.arange(low, high + 1), among, one, members))
        least += low
    return float(min(1.0, distribution[max(0, int(k.sum()) - least) :].sum()))


def binomial_greater(hits: npt.ArrayLike, n: npt.ArrayLike, rate: float) -> Array:
    """Exact binomial test: are hits more frequent than ``rate``? Of two kinds of changes, ``rate`` .5 is the sign test.

    Example:
        >>> float(binomial_greater(5, 5, 0.5))
        0.03125
    """
    return np.asarray(stats.binom.sf(np.asarray(hits) - 1, np.asarray(n), rate), dtype=np.float64)


def normal_greater(value: float, low: float, high: float, margin: float) -> float:
    """Is a figure above ``margin``? Its 95 % interval is taken as that of a normal variable.

    Example:
        >>> round(normal_greater(0.3, 0.2, 0.4, 0.2), 3)
        0.025
    """
    spread = (high - low) / (2 * stats.norm.ppf(0.975))
    if not spread > 0:
        return 1.0
    return float(stats.norm.sf((value - margin) / spread))


def apart_greater(values: npt.ArrayLike, errors: npt.ArrayLike) -> Array:
    """Is one of several figures far above their median, by their median deviation? Several do not hide each other.

    The median deviation of few figures is unsteady and its level only rough: a guard beside an exact test, never alone.

    Example:
        >>> bool((apart_greater([0.1, 0.12, 0.09, 0.11, 0.1, 0.8, 0.7], [0.02] * 7)[-2:] < 0.001).all())
        True
    """
    x, spread = np.asarray(values, dtype=np.float64), np.asarray(errors, dtype=np.float64)
    there = np.isfinite(x) & np.isfinite(spread)
    p, others = np.ones(len(x)), int(there.sum()) - 1
    if others < 3:
        return p
    middle = np.median(x[there])
    scale = np.maximum(1.4826 * np.median(np.abs(x[there] - middle)), spread[there]) * np.sqrt(1 + 1 / others)
    with np.errstate(divide="ignore", invalid="ignore"):
        p[there] = np.where(scale > 0, stats.norm.sf((x[there] - middle) / scale), 1.0)
    return p


def outlier_greater(values: npt.ArrayLike, errors: npt.ArrayLike) -> Array:
    """Is one of several figures too high to be one of a kind with the others, however much these differ?

    Each is held against the prediction interval of Student's t from all others; their spread counts as no less than
    the standard error of a single one.

    Args:
        values: (K,) figures; NaN where there is none, which is left out.
        errors: (K,) their standard errors.

    Returns:
        (K,) one-sided p values; 1 where fewer than three others are left.

    Example:
        >>> bool(outlier_greater([0.1, 0.12, 0.09, 0.11, 0.8], [0.02] * 5)[-1] < 0.001)
        True
    """
    x, spread = np.asarray(values, dtype=np.float64), np.asarray(errors, dtype=np.float64)
    there = np.isfinite(x) & np.isfinite(spread)
    p, others = np.ones(len(x)), int(there.sum()) - 1
    if others < 3:
        return p
    x, own = x[there], spread[there]
    mean = (x.sum() - x) / others
    square = np.maximum(((x**2).sum() - x**2) / others - mean**2, 0) * others / (others - 1)
    scale = np.sqrt(np.maximum(square, own**2) * (1 + 1 / others))
    with np.errstate(divide="ignore", invalid="ignore"):
        p[there] = np.where(scale > 0, stats.t.sf((x - mean) / scale, others - 1), 1.0)
    return p


def agreement(labels: npt.ArrayLike, answers: npt.ArrayLike) -> float:
    """Do answers agree with labels more often than if the same labels were dealt to the images at random?

    Mean and variance of the number of agreements under all permutations are exact; their distribution is taken as
    normal, with a correction for counts.

    Args:
        labels: (N,) classes.
        answers: (N,) classes.

    Returns:
        The one-sided p value; 1 where nothing can be told.
    """
    y, c = np.asarray(labels), np.asarray(answers)
    n = len(y)
    if n < 2:
        return 1.0
    classes = max(int(y.max()), int(c.max())) + 1
    a, b = (np.bincount(one, minlength=classes).astype(np.float64) for one in (y, c))
    both = a * b
    own = both * (n - a) * (n - b)
    variance = (own.sum() + both.sum() ** 2 - (both**2).sum()) / (n**2 * (n - 1))
    if variance <= 0:
        return 1.0
    return float(stats.norm.sf((np.sum(y == c) - 0.5 - both.sum() / n) / np.sqrt(variance)))


def holm(p: npt.ArrayLike) -> Array:
    """Holm's adjusted p values: one of several true nulls falls below a level at most that often, however they depend.

    Example:
        >>> holm([0.01, 0.04, 0.03]).tolist()
        [0.03, 0.06, 0.06]
    """
    values = np.asarray(p, dtype=np.float64)
    order = np.argsort(values, kind="stable")
    stepped = np.maximum.accumulate(values[order] * np.arange(len(values), 0, -1))
    adjusted = np.empty(len(values))
    adjusted[order] = np.minimum(stepped, 1.0)
    return adjusted
