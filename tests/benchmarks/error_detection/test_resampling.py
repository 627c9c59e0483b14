import numpy as np
import pytest

from benchmarks.error_detection.resampling import FIGURES, Rows, resampled_figures, risk_threshold
from benchmarks.metrics import aurc, bootstrap, resample_counts
from benchmarks.metrics.selective import (
    curve,
    curve_augrc,
    curve_aurc,
    curve_auroc,
    curve_e_aurc,
    curve_fpr95,
    rank,
)


def made(count: int, images: int, levels: int, seed: int = 0) -> Rows:
    generator = np.random.default_rng(seed)
    confidence = generator.integers(0, levels, count) / levels
    correct = generator.random(count) < 0.4 + confidence / 2
    return Rows(confidence=confidence, correct=correct, image=generator.integers(0, images, count))


@pytest.mark.parametrize("levels", [1, 5, 10_000], ids=["constant", "ties", "distinct"])
def test_one_pass_gives_what_the_curves_give(levels: int) -> None:
    rows = made(300, 40, levels)
    counts = resample_counts(40, 50, 0)
    figures = resampled_figures(rows, counts, thresholds=np.array([0.6]))
    ranking = rank(rows.confidence, rows.correct)
    image = rows.image[ranking.order]
    for place, metric in enumerate((curve_auroc, curve_fpr95, curve_aurc, curve_e_aurc, curve_augrc), start=1):
        expected = bootstrap(lambda weights, metric=metric: metric(curve(ranking, weights[:, image])), counts)
        assert figures[:, place] == pytest.approx(expected, nan_ok=True, abs=1e-12)
    assert FIGURES == ("error", "auroc", "fpr95", "aurc", "e_aurc", "augrc")


def test_coverage_and_risk_at_fixed_thresholds_are_plain_counts() -> None:
    rows = made(200, 200, 20)
    rows = Rows(confidence=rows.confidence, correct=rows.correct, image=np.arange(200))
    thresholds = np.array([0.5, 0.0, np.inf])
    figures = resampled_figures(rows, np.ones((1, 200), np.uint8), thresholds=thresholds)[0]
    kept = rows.confidence >= 0.5
    assert figures[6:9].tolist() == [kept.mean(), 1, 0]
    assert figures[9] == pytest.approx(1 - rows.correct[kept].mean()) and figures[10] == figures[0]
    assert np.isnan(figures[11]), "nothing is kept"


@pytest.mark.parametrize("outcome", [True, False])
def test_one_outcome_alone_leaves_detection_undefined(outcome: bool) -> None:
    rows = Rows(confidence=np.array([0.3, 0.9]), correct=np.array([outcome] * 2), image=np.array([0, 1]))
    error, auroc, fpr95, area, excess, generalised = resampled_figures(
        rows, np.ones((1, 2), np.uint8), thresholds=np.array([])
    )[0]
    assert np.isnan(auroc) and np.isnan(fpr95)
    assert (error, area, excess) == (1 - outcome, 1 - outcome, 0)
    assert area == aurc(rows.confidence, rows.correct) and generalised == (1 - outcome) / 2


def test_the_threshold_keeps_as_many_as_the_risk_allows() -> None:
    rows = made(400, 400, 50, seed=1)
    for risk in (0.05, 0.2, 0.35):
        threshold = risk_threshold(rows.confidence, rows.correct, risk)
        errors = {level: (~rows.correct[rows.confidence >= level]).mean() for level in np.unique(rows.confidence)}
        allowed = [level for level, error in errors.items() if error <= risk]
        assert threshold == min(allowed, default=np.inf)
    assert risk_threshold(np.array([0.9]), np.array([False]), 0.5) == np.inf
    assert risk_threshold(np.array([]), np.array([], dtype=bool), 0.5) == np.inf
