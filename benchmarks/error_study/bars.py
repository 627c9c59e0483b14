"""What all classifiers of a study come to together, beside the bars that were set for it beforehand."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from benchmarks.error_detection.direct_scores import BASELINE, RANDOM
from benchmarks.error_detection.fitted_scores import CONTROL, DETECTOR
from benchmarks.error_study.measuring import SHUFFLED
from benchmarks.metrics import percentile_interval
from benchmarks.summary.figures import FIGURE, Figure, resampled

__all__ = ["BARS", "Bar", "bar_rows"]

BARS = ["question", "population", *FIGURE, "needed", "reached"]

Array = npt.NDArray[np.float64]

_TTA = "tta_confidence"
_ENOUGH = 10  # classifiers
_SHARES = {BASELINE: 0.8, CONTROL: 0.8, _TTA: 0.6}  # of the classifiers, whose interval should lie above 0


@dataclass(frozen=True, kw_only=True)
class Bar:
    """Between which values a figure should lie.

    Example:
        >>> str(Bar(least=0.03)), Bar(least=0.03).reached(0.02), str(Bar(least=0.49, most=0.51))
        ('>= 0.03', 'no', '0.49 to 0.51')
    """

    least: float = -math.inf
    most: float = math.inf

    def __str__(self) -> str:
        if math.isinf(self.most):
            return "" if math.isinf(self.least) else f">= {self.least:g}"
        return f"<= {self.most:g}" if math.isinf(self.least) else f"{self.least:g} to {self.most:g}"

    def reached(self, value: float) -> str:
        """``yes`` or ``no``; nothing where no bar was set."""
        if not str(self):
            return ""
        return "yes" if self.least <= value <= self.most else "no"


_NONE = Bar()
_GAIN, _CHANGE = Bar(least=0.03), Bar(most=-0.2)  # of AUROC, and of AUGRC as a share of it
_CHANCE, _SAME = Bar(least=0.49, most=0.51), Bar(least=-0.015, most=0.015)


def bar_rows(counted: Sequence[pd.DataFrame]) -> Iterator[dict[str, Any]]:
    """Rows with columns :data:`BARS`: clean and corrupted images with bars, then clean ones without.

    Args:
        counted: comparisons of each classifier that counts.
    """
    number = Figure(len(counted), math.nan, math.nan, len(counted), "classifiers within the range, with errors enough")
    yield _row("classifiers that count", "mild", number, Bar(least=_ENOUGH))
    for other, share in _SHARES.items():
        gains = _samples(counted, "mild", other, "auroc_gain")
        yield _row(f"AUROC above {other}: intervals above 0", "mild", _above(gains), _of(share, gains))
        yield _row(f"AUROC above {other}: mean", "mild", _mean(gains), _GAIN if other == BASELINE else _NONE)
    changes = _samples(counted, "mild", BASELINE, "augrc_change")
    yield _row(f"AUGRC over that of {BASELINE}, minus 1: mean", "mild", _mean(changes), _CHANGE)
    yield from _controls(counted)
    for other in _SHARES:
        gains = _samples(counted, "clean", other, "auroc_gain")
        yield _row(f"AUROC above {other}: values above 0", "clean", _positive(gains), _NONE)
        yield _row(f"AUROC above {other}: intervals above 0", "clean", _above(gains), _NONE)
        yield _row(f"AUROC above {other}: mean", "clean", _mean(gains), _NONE)


def _controls(counted: Sequence[pd.DataFrame]) -> Iterator[dict[str, Any]]:
    """What must find nothing, and what must find no more than the softmax does."""
    shuffled = _values(counted, DETECTOR, SHUFFLED, "auroc", np.mean)
    yield _row("AUROC with shuffled labels: farthest from 0.5", "mild", _farthest(shuffled, 0.5), _CHANCE)
    drawn = _values(counted, RANDOM, "", "auroc", _first)
    mean = float(np.mean(drawn)) if len(drawn) else math.nan
    said = "one draw for each classifier, so the mean of them"
    yield _row("AUROC of a random score: mean", "mild", Figure(mean, math.nan, math.nan, len(drawn), said), _CHANCE)
    same = _values(counted, CONTROL, BASELINE, "auroc_gain", _first)
    yield _row(f"{CONTROL} above {BASELINE}: farthest from 0", "mild", _farthest(same, 0.0), _SAME)


def _row(question: str, population: str, figure: Figure, bar: Bar) -> dict[str, Any]:
    head = {"question": question, "population": population, "needed": str(bar), "reached": bar.reached(figure.value)}
    return head | figure._asdict()


def _of(share: float, gains: Array) -> Bar:
    return Bar(least=max(1, math.ceil(share * len(gains) - 1e-9)))


def _samples(counted: Sequence[pd.DataFrame], population: str, against: str, metric: str) -> Array:
    """(classifiers, 1 + B) of the detector against another score; classifiers without a figure are left out."""
    found = [_one(frame, population, DETECTOR, against, metric) for frame in counted]
    defined = [samples for samples in found if len(samples) and not np.isnan(samples[0])]
    return np.stack(defined) if defined else np.empty((0, 1))


def _values(counted: Sequence[pd.DataFrame], score: str, against: str, metric: str, reduce: Any) -> Array:
    found = [_one(frame, "mild", score, against, metric) for frame in counted]
    values = np.array([float(reduce(samples)) for samples in found if len(samples)], dtype=np.float64)
    return values[~np.isnan(values)]


def _one(frame: pd.DataFrame, population: str, score: str, against: str, metric: str) -> Array:
    own = frame[frame["population"].eq(population) & frame["score"].eq(score) & frame["against"].eq(against)]
    return np.asarray(own.loc[own["metric"] == metric, "samples"].iloc[0], dtype=np.float64)


def _first(samples: Array) -> float:
    return float(samples[0])


def _above(gains: Array) -> Figure:
    hits = sum(percentile_interval(samples[1:], float(samples[0]))[0] > 0 for samples in gains)
    return _count(hits, gains, "classifiers whose paired 95 % interval lies above 0")


def _positive(gains: Array) -> Figure:
    return _count(int((gains[:, 0] > 0).sum()), gains, "classifiers with a value above 0; no claim")


def _count(hits: int, gains: Array, said: str) -> Figure:
    return Figure(float(hits), math.nan, math.nan, len(gains), said)


def _farthest(values: Array, centre: float) -> Figure:
    said = "the farthest of the classifiers' values"
    worst = float(values[np.argmax(np.abs(values - centre))]) if len(values) else math.nan
    return Figure(worst, math.nan, math.nan, len(values), said)


def _mean(gains: Array) -> Figure:
    if not len(gains):
        return Figure(math.nan, math.nan, math.nan, 0, "undefined: no classifier has this figure")
    means = gains.mean(0)
    return resampled(float(means[0]), means[1:], len(gains), "mean over classifiers, all on the same resamples")
