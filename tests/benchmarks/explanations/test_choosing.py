from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch

from benchmarks.engines import running_engines
from benchmarks.explanations import choose_images
from benchmarks.explanations.choosing import ANSWERS, clean_answers, load_images
from benchmarks.sweep import run_sweep
from tests.benchmarks.explanations.conftest import CPU, MakeTask, write_scores
from tests.conftest import MakePlan


def answers(count: int, wrong: int) -> pd.DataFrame:
    generator = np.random.default_rng(0)
    frame = pd.DataFrame({"image_id": [f"{number:03d}" for number in range(count)], "label": 0, "prediction": 0})
    frame["max_probability"] = generator.random(count)
    frame["correct"] = ~frame["image_id"].isin(generator.choice(frame["image_id"], wrong, replace=False))
    return frame


def test_the_most_confident_errors_and_a_fair_draw() -> None:
    frame = answers(200, 60)
    chosen = choose_images(frame, 40, seed=0)
    errors = chosen[chosen["confidently_wrong"]]
    assert len(errors) == 10 and not errors["correct"].any()
    left = frame[~frame["correct"] & ~frame["image_id"].isin(errors["image_id"])]
    assert errors["max_probability"].min() >= left["max_probability"].max()
    assert list(errors["max_probability"]) == sorted(errors["max_probability"], reverse=True)
    assert chosen["at_random"].sum() == 30 and len(chosen) <= 40
    assert chosen["image_id"].is_unique and (chosen["at_random"] | chosen["confidently_wrong"]).all()
    pd.testing.assert_frame_equal(choose_images(frame.sample(frac=1, random_state=1), 40, seed=0), chosen)
    assert set(choose_images(frame, 40, seed=1)["image_id"]) != set(chosen["image_id"])


def test_a_correct_image_of_the_class_of_every_error_comes_along() -> None:
    frame = answers(200, 60).assign(label=lambda one: one.index % 5)
    chosen = choose_images(frame, 12, seed=0)
    beside, errors = chosen[chosen["beside"]], chosen[chosen["confidently_wrong"]]
    assert beside["correct"].all() and sorted(beside["label"]) == sorted(errors["label"].unique())
    assert chosen["at_random"].sum() == 9 and len(chosen) <= 12 + len(beside)
    assert not choose_images(answers(9, 9), 4, seed=0)["beside"].any(), "there is none"


def test_the_draw_does_not_care_who_is_wrong() -> None:
    """Else figures over images at random would speak of other images."""
    draws = [set(one.loc[one["at_random"], "image_id"]) for one in (
        choose_images(answers(100, wrong), 20, seed=0) for wrong in (30, 60)
    )]  # fmt: skip
    assert draws[0] == draws[1]


@pytest.mark.parametrize("wrong", [0, 3])
def test_few_images_are_all_taken(wrong: int) -> None:
    chosen = choose_images(answers(9, wrong), 64, seed=0)
    assert len(chosen) == 9 and chosen["at_random"].all()
    assert chosen["confidently_wrong"].sum() == wrong


def test_answers_of_error_detection_are_taken_where_there_was_no_audit(
    make_plan: MakePlan, colour_folder: Path, tmp_path: Path
) -> None:
    plan = make_plan(colour_folder)
    first, second = (sample.image_id for sample in plan.samples.entries[:2])
    rows = [("colour", first, "clean", 0, "ok", 1, -0.25), ("colour", second, "clean", 0, "ok", 2, -0.5)]
    write_scores(tmp_path, [*rows, ("colour", first, "fog", 1, "ok", 2, -9.0)])
    with running_engines(plan, device=CPU, batch_size=8) as engines:
        found = clean_answers(plan, 0, tmp_path, engines[0])
    names = plan.models[0].classifier.class_names
    assert found.columns.tolist() == ANSWERS and found["image_id"].tolist() == [first, second]
    assert found["correct"].tolist() == [True, False] and found["max_probability"].tolist() == [0.75, 0.75]
    assert found["prediction_name"].tolist() == [names[1], names[2]] and set(found["label_name"]) == {names[1]}


def test_records_and_the_classifier_itself_say_the_same(
    make_plan: MakePlan, colour_folder: Path, tmp_path: Path
) -> None:
    (colour_folder / "red" / "000.png").write_bytes(b"")
    plan = make_plan(colour_folder)
    with running_engines(plan, device=CPU, batch_size=8) as engines:
        asked = clean_answers(plan, 0, tmp_path, engines[0])
        run_sweep(plan, tmp_path, engines)
        recorded = clean_answers(plan, 0, tmp_path, engines[0])
    assert list(asked.columns) == ANSWERS and len(asked) == 29
    columns = {"label_name": str, "prediction_name": str}
    one, other = (frame.astype(columns).sort_values("image_id", ignore_index=True) for frame in (asked, recorded))
    pd.testing.assert_frame_equal(one, other, check_dtype=False)


def test_pixels_are_those_that_the_model_sees(make_task: MakeTask) -> None:
    task = make_task()
    images = load_images(task.plan, 0, list(task.chosen["image_id"]))
    assert images.dtype == torch.uint8 and images.shape == (len(task.chosen), 3, 16, 16)
    predictions = task.plan.models[0].classifier.eval()(images).argmax(1)
    assert predictions.tolist() == task.chosen["prediction"].tolist()
