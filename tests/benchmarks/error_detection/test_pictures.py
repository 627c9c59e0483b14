from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd

from benchmarks.error_detection.finishing import setting_of
from benchmarks.error_detection.pictures import disagreements, write_disagreements
from benchmarks.error_detection.running import judge
from benchmarks.error_detection.table import Judged
from benchmarks.request import Resolved
from reports.gallery import read_galleries


def with_detector(judged: Judged) -> Judged:
    """A detector that rejects the first error of the evaluation half alone, which the softmax is sure of."""
    frame = judged.frame.copy()
    wrong = frame.index[(frame["half"] == "evaluation") & ~frame["correct"]]
    detector = np.linspace(0.5, 1, len(frame))
    detector[wrong[0]], frame.loc[wrong[0], "score_max_softmax"] = 0.0, 1.0
    return replace(judged, frame=frame.assign(score_detector=detector))


def test_what_one_rejects_and_the_other_accepts(judged: Judged) -> None:
    found, errors = disagreements(with_detector(judged), "detector", "max_softmax")
    evaluated = judged.frame[judged.frame["half"] == "evaluation"]
    assert errors == (~evaluated["correct"]).sum()
    assert found.index[0] == evaluated.index[~evaluated["correct"]][0]
    assert (found["rejected"] < 0.1).all() and (found["accepted"] >= 0.1).all() and not found["correct"].any()
    assert found["image_id"].is_unique and (found["half"] == "evaluation").all()
    gaps = found["accepted"] - found["rejected"]
    assert gaps.is_monotonic_decreasing
    back, _ = disagreements(with_detector(judged), "max_softmax", "detector")
    assert set(back.index).isdisjoint(found.index)


def test_galleries_show_what_the_classifier_saw(noisy: Resolved, finished: Path, tmp_path: Path) -> None:
    (model,) = judge(setting_of(noisy), finished)
    frame = model.judged.frame
    swapped = frame.assign(score_detector=frame["score_random"])
    write_disagreements(noisy.plan, tmp_path, replace(model.judged, frame=swapped))
    by_confidence, by_detector = read_galleries(tmp_path)
    assert by_detector.title == "Caught by the detector, missed by confidence"
    assert by_confidence.pictures and by_detector.pictures
    picture = by_detector.pictures[0]
    assert picture.image.shape == (16, 16, 3) and picture.title in {"clean", "gaussian noise 2", "gaussian noise 4"}
    facts = dict(picture.facts)
    assert facts["label"] != facts["predicted"] and {"softmax", "less sure, caught"} <= set(facts)


def test_without_a_detector_there_is_no_gallery(noisy: Resolved, judged: Judged, tmp_path: Path) -> None:
    write_disagreements(noisy.plan, tmp_path, judged)
    none = judged.frame.assign(score_detector=np.nan)
    write_disagreements(noisy.plan, tmp_path, replace(judged, frame=none, reasons={"detector": "too few"}))
    assert read_galleries(tmp_path) == []


def test_no_disagreement_is_said(judged: Judged) -> None:
    same = judged.frame.assign(score_detector=judged.frame["score_max_softmax"])
    found, errors = disagreements(replace(judged, frame=same), "detector", "max_softmax")
    assert isinstance(found, pd.DataFrame) and found.empty and errors
