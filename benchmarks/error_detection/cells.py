"""One score on one population: every figure with its interval, or the reason why there is none."""

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

from benchmarks.error_detection.direct_scores import BASELINE
from benchmarks.error_detection.resampling import FIGURES, Rows, resampled_figures
from benchmarks.metrics import wilson
from benchmarks.summary.figures import Figure, resampled

__all__ = ["GAINS", "METRICS", "RISKS", "cell_figures", "score_samples", "undefined_because"]

Array = npt.NDArray[np.float64]

RISKS = (0.01, 0.05)
_COVERAGE = [f"coverage_at_{risk * 100:g}" for risk in RISKS]
_RISK = [f"risk_at_{risk * 100:g}" for risk in RISKS]
METRICS = [*FIGURES, *_COVERAGE, *_RISK]
GAINS = {"auroc_gain": "auroc", "augrc_gain": "augrc"}

_THRESHOLD = {
    name: f"threshold that calibration sets for {risk:.0%} risk; "
    for names in (_COVERAGE, _RISK)
    for name, risk in zip(names, RISKS, strict=True)
}


def score_samples(rows: Rows, counts: npt.NDArray[np.uint8], *, thresholds: Array) -> Array | None:
    """Every metric of a score on the full sample, then on each resample.

    Args:
        rows: R answers; their confidence may be NaN throughout.
        counts: (B, N) how often each image is taken.
        thresholds: (2,) for :data:`RISKS`, from other rows; NaN where they set none.

    Returns:
        (1 + B, M) in the order of :data:`METRICS`; None without rows or without a score.
    """
    if not len(rows.confidence) or np.isnan(rows.confidence).any():
        return None
    once = np.ones((1, counts.shape[1]), dtype=np.uint8)
    samples = np.vstack([resampled_figures(rows, draws, thresholds=thresholds) for draws in (once, counts)])
    samples[:, len(FIGURES) :][:, np.tile(np.isnan(thresholds), 2)] = np.nan
    return samples


def undefined_because(rows: Rows) -> str:
    """Why right and wrong cannot be told apart on these rows, whatever is computed; empty if they can.

    Example:
        >>> rows = Rows(confidence=np.array([0.2, 0.9]), correct=np.array([True, True]), image=np.array([0, 1]))
        >>> undefined_because(rows)
        'all 2 answers are right: there is no error to find'
    """
    count, right = len(rows.correct), int(rows.correct.sum())
    if not count:
        return "there is no row with an answer"
    if right == count:
        return f"all {count:,} answers are right: there is no error to find"
    if not right:
        return f"all {count:,} answers are wrong: there is nothing to tell them from"
    if (rows.confidence == rows.confidence[0]).all():
        return f"the score is the same for all {count:,} rows: it ranks nothing"
    return ""


def cell_figures(
    rows: Rows, samples: Array | None, baseline: Array | None, *, note: str = "", reason: str = ""
) -> Iterator[tuple[str, Figure]]:
    """Figures by metric, and the differences to another score on the same resamples.

    Args:
        rows: R answers.
        samples: of :func:`score_samples`.
        baseline: the same of the score to compare with; None leaves the differences out.
        note: what else conventions should say of the rows.
        reason: why there is no score, if there is none.
    """
    count, images = len(rows.correct), len(np.unique(rows.image))
    said = f"{int((~rows.correct).sum()):,} errors in {count:,} rows of {images:,} images{note}"
    why = reason if reason and count else undefined_because(rows)
    if samples is None:
        for metric in METRICS:
            yield metric, _undefined(count, why)
        return
    for metric, column in zip(METRICS, samples.T, strict=True):
        if why and metric != "error":
            yield metric, _undefined(count, why)
        elif np.isnan(column[0]):
            missing = metric in _COVERAGE or np.isnan(samples[0, METRICS.index(metric) - len(RISKS)])
            yield metric, _undefined(count, "calibration sets no threshold" if missing else "no row is kept")
        else:
            figure = resampled(float(column[0]), column[1:], count, f"{_THRESHOLD.get(metric, '')}{said}")
            yield metric, _with_room(metric, figure, rows, samples[0])
    for gain, metric in GAINS.items() if baseline is not None else ():
        place = METRICS.index(metric)
        column = samples[:, place] - baseline[:, place] if baseline is not None else samples[:, place]
        convention = f"minus that of {BASELINE}, paired; {said}"
        yield gain, _undefined(count, why) if why else resampled(float(column[0]), column[1:], count, convention)


def _with_room(metric: str, figure: Figure, rows: Rows, sample: Array) -> Figure:
    """Widen the interval of what was never seen to go wrong: resamples of no failure hold none, more images might."""
    wrong, right = (len(np.unique(rows.image[rows.correct == outcome])) for outcome in (False, True))
    images = float(len(np.unique(rows.image)))
    if metric in _RISK:
        images *= sample[METRICS.index(metric.replace("risk", "coverage"))]
    said = f"{figure.convention.split('; bootstrap')[0]}; none seen, Wilson 95 % on"
    if metric in ("error", *_RISK) and figure.value == 0:
        return figure._replace(high=float(wilson(0, images)[1]), convention=f"{said} {images:.0f} images")
    if metric == "fpr95" and figure.value == 0:
        return figure._replace(high=float(wilson(0, wrong)[1]), convention=f"{said} {wrong} images with errors")
    if metric == "auroc" and figure.value == 1:
        pairs = min(wrong, right)
        return figure._replace(low=float(wilson(pairs, pairs)[0]), convention=f"{said} {pairs} pairs of images")
    return figure


def _undefined(count: int, why: str) -> Figure:
    return Figure(float("nan"), float("nan"), float("nan"), count, f"undefined: {why}")
