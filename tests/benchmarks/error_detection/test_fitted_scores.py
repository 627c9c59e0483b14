import math
from dataclasses import replace

import numpy as np
import pytest
import torch

from benchmarks.error_detection.fitted_scores import (
    CONTROL,
    DETECTOR,
    HARDENED,
    cross_fitted,
    fit_scores,
    stand_in_logits,
)
from benchmarks.error_detection.practice import Practice
from benchmarks.error_detection.rows import ModelRows
from benchmarks.error_detection.table import Judged
from benchmarks.metrics import auroc
from robustness.confidence import max_softmax
from robustness.consistency.features import log_odds
from robustness.consistency.scores import tta_confidence
from tests.benchmarks.error_detection.conftest import made_judged, made_rows


@pytest.mark.parametrize("classes", [2, 5, 1000])
@pytest.mark.parametrize("spread", [0.0, 0.1, 8.0])
def test_stand_ins_have_the_log_odds_of_what_they_stand_for(classes: int, spread: float) -> None:
    logits = spread * torch.randn(7, 4, classes, generator=torch.Generator().manual_seed(0))
    stand_in = stand_in_logits(log_odds(logits))
    torch.testing.assert_close(log_odds(stand_in), log_odds(logits))
    torch.testing.assert_close(tta_confidence(stand_in), tta_confidence(logits))
    assert stand_in.shape[2] <= classes
    assert (stand_in[:, 0].argmax(1) == 0).all()


def test_all_scores_are_fitted_on_the_chosen_rows_and_judge_all(rows: ModelRows, judged: Judged) -> None:
    fitted = fit_scores(rows, judged.calibration, seed=0)
    assert set(fitted.scores) == {"temperature_max_softmax", DETECTOR, CONTROL, "nearest_neighbours", "mahalanobis"}
    assert not fitted.reasons and fitted.detector is not None
    scores = fitted(rows)
    assert all(np.isfinite(values).all() and len(values) == len(rows.frame) for values in scores.values())
    expected = max_softmax(rows.logits.double() / fitted.temperature).numpy()
    assert scores["temperature_max_softmax"] == pytest.approx(expected)
    chosen, correct = judged.populations["corrupted"], judged.frame["correct"].to_numpy()
    assert auroc(scores[DETECTOR][chosen], correct[chosen]) > auroc(scores[CONTROL][chosen], correct[chosen])
    others = rows.frame.assign(correct=rows.frame["correct"].where(judged.calibration, other=True))
    again = fit_scores(replace(rows, frame=others), judged.calibration, seed=0)(rows)
    assert all(np.array_equal(again[name], scores[name]) for name in scores), "other rows' outcomes do not matter"


def test_too_little_to_learn_from_is_a_reason(rows: ModelRows, judged: Judged) -> None:
    right = rows.frame.assign(correct=True, label=rows.frame["prediction"])
    fitted = fit_scores(replace(rows, frame=right), judged.calibration, seed=0)
    assert set(fitted.reasons) == {"temperature_max_softmax", DETECTOR, CONTROL}
    assert (
        "at least 25 wrong" in fitted.reasons[DETECTOR]
        and "at least one wrong" in fitted.reasons["temperature_max_softmax"]
    )
    assert fitted.detector is None and math.isnan(fitted.temperature)
    assert np.isnan(fitted(rows)[DETECTOR]).all()
    assert all(
        np.isnan(values).all()
        for values in cross_fitted(replace(rows, frame=right), judged.calibration, seed=0).values()
    )


def test_nothing_to_calibrate_on_is_a_reason_for_every_score(rows: ModelRows) -> None:
    fitted = fit_scores(rows, np.zeros(len(rows.frame), dtype=bool), seed=0)
    assert not fitted.scores and len(fitted.reasons) == 5


def test_networks_without_features_have_no_distances(rows: ModelRows, judged: Judged) -> None:
    fitted = fit_scores(replace(rows, features=None), judged.calibration, seed=0, names=("mahalanobis",))
    assert not fitted.scores and not fitted.reasons


def test_calibration_rows_are_judged_by_detectors_that_never_saw_their_images() -> None:
    rows = made_rows(images=480)
    calibration = made_judged(rows).calibration
    crossed = cross_fitted(rows, calibration, seed=0)[DETECTOR]
    assert np.array_equal(np.isnan(crossed), ~calibration)
    own = (rows.frame["image_id"] == rows.frame["image_id"][calibration].iloc[0]).to_numpy()
    flipped = rows.frame.assign(correct=rows.frame["correct"].to_numpy() ^ own)
    again = cross_fitted(replace(rows, frame=flipped), calibration, seed=0)[DETECTOR]
    assert np.array_equal(again[own & calibration], crossed[own & calibration])
    assert not np.array_equal(again[calibration], crossed[calibration]), "other images are judged by what it taught"


def made_practice(rows: ModelRows, calibration: np.ndarray) -> Practice:
    """Attacked images: sure of the wrong answer, and their copies are not."""
    ids = list(rows.frame["image_id"][calibration].unique())
    generator = torch.Generator().manual_seed(0)
    copies = torch.randn(len(ids), rows.log_odds.shape[1], generator=generator, dtype=torch.float64) - 3
    copies[:, 0] = 6
    return Practice(ids=ids, log_odds=copies)


def test_a_detector_that_saw_attacks_finds_them(rows: ModelRows, judged: Judged) -> None:
    practice = made_practice(rows, judged.calibration)
    fitted = fit_scores(rows, judged.calibration, seed=0, practice=practice)
    assert fitted.hardened is not None and fitted.detector is not None
    attacked = stand_in_logits(practice.log_odds)
    clean = torch.from_numpy(fitted(rows)[HARDENED][judged.frame["correct"].to_numpy()])
    assert float(fitted.hardened(attacked).max()) < float(clean.median())
    assert fit_scores(rows, judged.calibration, seed=0).hardened is None
    plain = fit_scores(rows, judged.calibration, seed=0)(rows)[DETECTOR]
    assert np.array_equal(fitted(rows)[DETECTOR], plain), "the other detector does not know of them"


def test_thresholds_of_the_hardened_detector_come_from_images_it_was_not_attacked_on() -> None:
    rows = made_rows(images=480)
    calibration = made_judged(rows).calibration
    practice = made_practice(rows, calibration)
    crossed = cross_fitted(rows, calibration, seed=0, practice=practice)[HARDENED]
    assert np.array_equal(np.isnan(crossed), ~calibration)
    moved = practice.log_odds.clone()
    moved[0] += 50
    again = cross_fitted(rows, calibration, seed=0, practice=replace(practice, log_odds=moved))[HARDENED]
    own = (rows.frame["image_id"] == practice.ids[0]).to_numpy()
    assert np.array_equal(again[own & calibration], crossed[own & calibration])
