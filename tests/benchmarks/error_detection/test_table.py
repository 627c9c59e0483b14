from dataclasses import replace

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from benchmarks.error_detection.table import ERRORS, Judged, error_table


def test_every_population_and_score_has_its_figures_on_the_evaluation_half(judged: Judged) -> None:
    table = error_table([judged], seed=0)
    assert list(table.columns) == ERRORS
    assert set(table["population"]) == {"clean", "mild", "severity 1", "severity 3", "corrupted"}
    frame = judged.frame[(judged.frame["half"] == "evaluation") & (judged.frame["condition_severity"] == 3)]
    found = table[(table["population"] == "severity 3") & (table["metric"] == "auroc")].set_index("score")["value"]
    for score in judged.scores:
        assert found[score] == pytest.approx(roc_auc_score(frame["correct"], frame[f"score_{score}"]))
    assert (table["n"][table["population"] == "corrupted"] == 160).all()
    gains = table[table["metric"] == "auroc_gain"]
    assert set(gains["score"]) == set(judged.scores) - {"max_softmax"}
    assert judged.scores[0] == "max_softmax"


def test_shuffled_labels_of_the_evaluation_rows_leave_nothing_to_find(judged: Judged) -> None:
    generator = np.random.default_rng(0)
    values = []
    for _ in range(50):
        frame = judged.frame.assign(correct=generator.permutation(judged.frame["correct"].to_numpy()))
        rows = replace(judged, frame=frame).rows("max_softmax", judged.populations["corrupted"])
        values.append(roc_auc_score(rows.correct, rows.confidence))
    assert np.mean(values) == pytest.approx(0.5, abs=0.02)


def test_thresholds_come_from_mild_calibration_rows_alone(judged: Judged) -> None:
    elsewhere = ~judged.calibration
    frame = judged.frame.assign(score_max_softmax=judged.frame["score_max_softmax"].where(~elsewhere, 0.5))
    assert replace(judged, frame=frame).thresholds("max_softmax").tolist() == judged.thresholds("max_softmax").tolist()
    assert (judged.frame.loc[judged.calibration, "condition_severity"] <= 2).all()
    assert (judged.frame.loc[judged.calibration, "half"] == "calibration").all()


def test_rows_without_an_answer_are_left_out_and_counted(judged: Judged) -> None:
    frame = judged.frame.copy()
    frame.loc[frame["image_id"] == frame["image_id"][judged.populations["clean"]].iloc[0], "status"] = "unreadable"
    table = error_table([replace(judged, frame=frame)], seed=0)
    row = table[(table["population"] == "clean") & (table["metric"] == "auroc")].iloc[0]
    assert row["n"] == 79 and "1 more without an answer" in row["convention"]


def test_a_score_without_a_fit_says_why_in_every_row(judged: Judged) -> None:
    frame = judged.frame.assign(score_detector=np.nan)
    table = error_table([replace(judged, frame=frame, reasons={"detector": "too few errors"})], seed=0)
    rows = table[table["score"] == "detector"]
    assert rows["value"].isna().all() and (rows["convention"] == "undefined: too few errors").all()


def test_images_of_one_kind_alone_end_in_a_table(judged: Judged) -> None:
    none = judged.frame.assign(status="unreadable", correct=None)
    assert error_table([replace(judged, frame=none)], seed=0)["value"].isna().all()
