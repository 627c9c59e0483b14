"""The figure: a value that never travels without its interval, its n and its convention."""

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd

from benchmarks.metrics import hull_interval, percentile_interval, wilson

__all__ = ["FIGURE", "Figure", "hull", "rate", "resampled", "tidy"]

FIGURE = ["value", "low", "high", "n", "convention"]


class Figure(NamedTuple):
    """A number as it is reported.

    Attributes:
        value: the estimate; NaN where the data leave it undefined.
        low: lower end of the 95 % interval.
        high: upper end of the 95 % interval.
        n: images (or rows, where the convention says so) behind it.
        convention: what was computed, and how the interval was.
    """

    value: float
    low: float
    high: float
    n: int
    convention: str


def rate(hits: float, n: int, convention: str) -> Figure:
    """A plain rate of ``hits`` among ``n`` independent images, with Wilson's interval."""
    low, high = wilson(hits, n)
    value = hits / n if n else float("nan")
    return Figure(value, float(low), float(high), n, f"{convention}; Wilson 95 %")


def resampled(value: float, samples: npt.NDArray[np.float64], n: int, convention: str) -> Figure:
    """A figure with the percentile interval of its (B,) resampled values."""
    low, high = percentile_interval(samples, value)
    how = f"{_describe(value, samples)}, percentile 95 %"
    return Figure(value, low, high, n, f"{convention}; {how}")


def hull(value: float, samples: npt.NDArray[np.float64], n: int, convention: str) -> Figure:
    """A calibration error with the hull interval, since it is biased upward."""
    low, high = hull_interval(samples, value)
    how = f"{_describe(value, samples)}, hull of percentile and mirrored percentile 95 %"
    return Figure(value, low, high, n, f"{convention}; {how}")


def tidy(rows: Iterable[Mapping[str, Any]], columns: list[str]) -> pd.DataFrame:
    """Rows as a frame with exactly ``columns``, also when there are none."""
    return pd.DataFrame(list(rows), columns=columns)


def _describe(value: float, samples: npt.NDArray[np.float64]) -> str:
    undefined = int(np.isnan(samples).sum())
    if np.isnan(value):
        return "undefined on these images"
    note = f" ({undefined} undefined ones left out)" if undefined else ""
    return f"bootstrap over images, {len(samples)} resamples{note}"
