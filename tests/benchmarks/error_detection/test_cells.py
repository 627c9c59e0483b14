import math

import numpy as np
import pytest

from benchmarks.error_detection.cells import METRICS, cell_figures, score_samples, undefined_because
from benchmarks.error_detection.resampling import Rows
from benchmarks.metrics import augrc, auroc, resample_counts, wilson
from benchmarks.summary.figures import Figure

COUNTS = resample_counts(60, 200, 0)
THRESHOLDS = np.array([0.9, 0.5])


def made(correct: np.ndarray, confidence: np.ndarray | None = None) -> Rows:
    drawn = np.random.default_rng(0).random(len(correct)) * 0.8 + 0.2 * correct
    return Rows(
        confidence=drawn if confidence is None else confidence, correct=correct, image=np.arange(len(correct)) % 60
    )


def figures(rows: Rows, baseline: Rows | None = None, thresholds: np.ndarray = THRESHOLDS) -> dict[str, Figure]:
    samples = score_samples(rows, COUNTS, thresholds=thresholds)
    beside = None if baseline is None else score_samples(baseline, COUNTS, thresholds=thresholds)
    return dict(cell_figures(rows, samples, beside))


def test_figures_are_those_of_the_metrics_and_gains_are_paired() -> None:
    correct = np.arange(120) % 4 > 0
    rows, other = made(correct), made(correct, np.random.default_rng(1).random(120))
    found = figures(rows, other)
    assert found["auroc"].value == auroc(rows.confidence, correct)
    assert found["augrc"].value == augrc(rows.confidence, correct)
    assert found["auroc_gain"].value == pytest.approx(found["auroc"].value - auroc(other.confidence, correct))
    assert found["auroc_gain"].low < found["auroc_gain"].value < found["auroc_gain"].high
    assert "30 errors in 120 rows of 60 images" in found["auroc"].convention
    same = figures(rows, rows)["auroc_gain"]
    assert (same.value, same.low, same.high) == (0, 0, 0)
    assert set(figures(rows)) == set(METRICS)


@pytest.mark.parametrize(
    ("rows", "why"),
    [
        (made(np.ones(60, dtype=bool)), "all 60 answers are right: there is no error to find"),
        (made(np.zeros(60, dtype=bool)), "all 60 answers are wrong: there is nothing to tell them from"),
        (made(np.arange(60) > 9, np.full(60, 0.5)), "the score is the same for all 60 rows: it ranks nothing"),
        (made(np.zeros(0, dtype=bool)), "there is no row with an answer"),
    ],
    ids=["no error", "all errors", "constant", "no rows"],
)
def test_what_cannot_be_told_apart_is_a_reason_and_no_number(rows: Rows, why: str) -> None:
    assert undefined_because(rows) == why
    found = figures(rows, rows)
    for metric in set(found) - {"error"}:
        assert math.isnan(found[metric].value) and found[metric].convention == f"undefined: {why}"
    if len(rows.correct):
        assert found["error"].value == pytest.approx(1 - rows.correct.mean())


def test_a_score_that_is_missing_gives_its_reason() -> None:
    rows = made(np.arange(60) > 9, np.full(60, np.nan))
    assert score_samples(rows, COUNTS, thresholds=THRESHOLDS) is None
    found = dict(cell_figures(rows, None, None, reason="too few errors"))
    assert {figure.convention for figure in found.values()} == {"undefined: too few errors"}


def test_what_was_never_seen_to_fail_keeps_room_for_it() -> None:
    correct = np.arange(60) > 9
    found = figures(made(correct, correct + np.linspace(0, 0.1, 60)))
    assert found["auroc"].value == 1 and found["auroc"].low == wilson(10, 10)[0] < 0.8
    assert found["fpr95"].value == 0 and found["fpr95"].high == wilson(0, 10)[1] > 0.2
    assert found["risk_at_1"].value == 0 and 0.05 < found["risk_at_1"].high < 0.1
    assert "10 pairs of images" in found["auroc"].convention


def test_thresholds_that_keep_nothing_or_do_not_exist() -> None:
    found = figures(made(np.arange(60) > 9), thresholds=np.array([np.inf, np.nan]))
    assert found["coverage_at_1"].value == 0 and found["risk_at_1"].convention == "undefined: no row is kept"
    for metric in ("coverage_at_5", "risk_at_5"):
        assert found[metric].convention == "undefined: calibration sets no threshold"
