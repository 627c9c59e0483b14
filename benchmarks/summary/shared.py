"""Several models on the same images under the same conditions, so that their errors can be subtracted.

Only conditions that every model went through count, and in each of them only images that every model answered. The
resamples are those of all other figures, so differences are paired by image.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from benchmarks.metrics import TEST_CORRUPTIONS, bootstrap
from benchmarks.summary.cells import CellErrors
from benchmarks.summary.corruptions import CorruptionErrors, corruption_errors
from benchmarks.summary.panel import Panel

__all__ = ["Measure", "shared_measures"]

Array = npt.NDArray[np.float64]


@dataclass(frozen=True, kw_only=True)
class Measure:
    """One error of every model, on the same images and resamples; lower is better.

    Attributes:
        metric: ``error``, ``mean_corruption_error``, ``mCE``, ``relative_mCE``, ``mean_error`` or ``ce``.
        condition_name: the corruption of the last two; empty for the others.
        values: (M,) a model each, in the order of the panels.
        samples: (M, B) resampled.
        n: images behind it.
        unit: ``fraction`` or ``percent``.
        counted: what it is an error of, for people.
    """

    metric: str
    condition_name: str
    values: Array
    samples: Array
    n: int
    unit: str
    counted: str


def shared_measures(
    panels: Sequence[Panel], errors: Sequence[CellErrors], counts: npt.NDArray[np.uint8], profile: str
) -> list[Measure]:
    """Measure all models on what they share.

    Args:
        panels: two or more, of the same images.
        errors: of each panel.
        counts: (B, N) how often each image is taken.
        profile: severity constants; CE and mCE are defined on ``imagenet`` alone.

    Returns:
        Errors over many corruptions first, then those of single ones; none where nothing is shared.
    """
    restricted = _restrict(panels, errors, counts)
    if not restricted or not restricted[0][0].ok.any():
        return []
    found = [corruption_errors(panel, own, profile) for panel, own in restricted]
    first = restricted[0][0]
    return [*_means(first, found), *_single(first, found)]


def _restrict(
    panels: Sequence[Panel], errors: Sequence[CellErrors], counts: npt.NDArray[np.uint8]
) -> list[tuple[Panel, CellErrors]]:
    """Every panel cut to the conditions and images of all, with its errors there."""
    conditions = tuple(one for one in panels[0].conditions if all(one in panel.conditions for panel in panels))
    places = [[panel.conditions.index(one) for one in conditions] for panel in panels]
    ok = np.logical_and.reduce([panel.ok[own] for panel, own in zip(panels, places, strict=True)])
    cut = []
    for panel, own, place in zip(panels, errors, places, strict=True):
        part = replace(panel, conditions=conditions, ok=ok, correct=panel.correct[place] & ok)
        same = np.array_equal(panel.ok[place], ok)
        cut.append((part, _taken(own, place) if same else _errors_of(part, counts)))
    return cut


def _taken(errors: CellErrors, places: list[int]) -> CellErrors:
    return CellErrors(
        error=errors.error[places],
        ece=errors.ece[places],
        augrc=errors.augrc[places],
        error_samples=errors.error_samples[places],
        ece_samples=errors.ece_samples[places],
        augrc_samples=errors.augrc_samples[places],
    )


def _errors_of(panel: Panel, counts: npt.NDArray[np.uint8]) -> CellErrors:
    """Errors alone; the other scores are not compared."""
    wrong = (panel.ok & ~panel.correct).astype(np.float64)

    def statistic(weights: Array) -> Array:
        with np.errstate(invalid="ignore"):
            error: Array = (weights @ wrong.T) / (weights @ panel.ok.T.astype(np.float64))
        return error

    value = statistic(np.ones((1, panel.ok.shape[1])))[0]
    samples = np.ascontiguousarray(bootstrap(statistic, counts).T)
    gap, gaps = np.full_like(value, np.nan), np.full_like(samples, np.nan)
    return CellErrors(
        error=value, ece=gap, augrc=gap, error_samples=samples, ece_samples=gaps, augrc_samples=gaps
    )  # fmt: skip


def _means(panel: Panel, found: Sequence[CorruptionErrors]) -> list[Measure]:
    """Clean error, mean corruption error, mCE and relative mCE, as far as they are defined."""
    measures, cells, clean = [], found[0].cells, panel.clean
    if clean is not None and panel.ok[clean].any():
        values = np.array([one.error[clean] for one in found])
        samples = np.array([one.error_samples[clean] for one in found])
        measures.append(_measure("error", values, samples, int(panel.ok[clean].sum()), "clean images"))
    if cells:
        n = int(panel.ok[cells].any(axis=0).sum())
        values = np.array([one.error[cells].mean() for one in found])
        samples = np.array([one.error_samples[cells].mean(axis=0) for one in found])
        measures.append(_measure("mean_corruption_error", values, samples, n, found[0].describe()))
        for metric, scores in (("mCE", [o.ce for o in found]), ("relative_mCE", [o.relative_ce for o in found])):
            if all(name in scores[0] for name in TEST_CORRUPTIONS):
                values = np.array([np.mean([own[name][0] for name in TEST_CORRUPTIONS]) for own in scores])
                samples = np.array([np.mean([own[name][1] for name in TEST_CORRUPTIONS], axis=0) for own in scores])
                measures.append(_measure(metric, values, samples, n, "15 corruptions x 5 severities"))
    return measures


def _single(panel: Panel, found: Sequence[CorruptionErrors]) -> list[Measure]:
    """The mean error of each corruption."""
    measures = []
    for name, places in found[0].places.items():
        values = np.array([one.error[places].mean() for one in found])
        samples = np.array([one.error_samples[places].mean(axis=0) for one in found])
        n = int(panel.ok[places].any(axis=0).sum())
        counted = f"severities {', '.join(map(str, found[0].severities[name]))}"
        measures.append(_measure("mean_error", values, samples, n, counted, condition_name=name))
    return measures


def _measure(metric: str, values: Array, samples: Array, n: int, counted: str, *, condition_name: str = "") -> Measure:
    unit = "percent" if metric in {"mCE", "relative_mCE"} else "fraction"
    return Measure(
        metric=metric,
        condition_name=condition_name,
        values=values,
        samples=samples,
        n=n,
        unit=unit,
        counted=f"{counted}, images that every model answered",
    )
