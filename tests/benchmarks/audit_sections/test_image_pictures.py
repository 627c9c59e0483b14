from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from benchmarks.audit_sections.image_pictures import _Artist
from benchmarks.audit_sections.kept_maps import KeptMaps
from benchmarks.conditions import CLEAN, Condition
from benchmarks.plan import Plan
from tests.conftest import SIDE, MakePlan

_FOG = tuple(Condition(kind="corruption", name="fog", severity=severity) for severity in (1, 3))


@pytest.fixture
def plan(make_plan: MakePlan, colour_folder: Path) -> Plan:
    return make_plan(colour_folder, conditions=(CLEAN, *_FOG))


@pytest.fixture
def images(plan: Plan) -> pd.DataFrame:
    """Two wrong images; one that fog changes at its mildest, and one that it changes later."""
    ids = [sample.image_id for sample in plan.samples.entries]
    frame = pd.DataFrame({"image_id": ids, "label": [sample.class_name for sample in plan.samples.entries]})
    frame = frame.assign(prediction=frame["label"], correct=True, max_probability=0.9, conditions=2)
    frame = frame.assign(corrupted_wrong=0.0, corrupted_flips=0.0, first_flip_severity=np.nan)
    frame = frame.assign(first_flip_corruption=None, flip_severity_fog=np.inf).set_index("image_id")
    wrong = ["blue/000.png", "red/001.png"]
    frame.loc[wrong, ["prediction", "correct"]] = ["green", False]
    frame.loc[wrong, "max_probability"] = [0.7, 0.8]
    for one, severity in (("green/002.png", 3), ("blue/004.png", 1)):
        frame.loc[one, ["first_flip_severity", "flip_severity_fog", "corrupted_flips"]] = [severity, severity, 0.5]
        frame.loc[one, "first_flip_corruption"] = "fog"
    return frame


def test_wrong_images_stand_beside_correct_ones_of_their_class(plan: Plan, images: pd.DataFrame) -> None:
    maps = {one: np.full((SIDE, SIDE), 0.5, dtype=np.float32) for one in images.index}
    gallery = _Artist(plan, 0, images, KeptMaps(method="occlusion", maps=maps)).wrong()
    assert [strip.title for strip in gallery.strips] == [
        "red taken for green (red/001.png)",
        "blue taken for green (blue/000.png)",
    ]
    titles = [picture.title for picture in gallery.strips[0].pictures]
    assert titles == ["wrong", "wrong: map", "correct", "correct: map"]
    facts = dict(gallery.strips[0].pictures[2].facts)
    assert facts["predicted"] == "red" and "Maps by occlusion" in gallery.explanation
    explained = images.assign(explain_beside=(images.index == "red/007.png").astype(float))
    artist = _Artist(plan, 0, explained, KeptMaps())
    assert artist._beside(explained.loc["red/001.png"]) == "red/007.png"
    assert [len(strip.pictures) for strip in artist.wrong().strips] == [2, 2], "without maps, the images alone"


def test_the_mildest_flips_come_first_with_the_answer_they_lead_to(
    plan: Plan, images: pd.DataFrame, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cells = [(one, severity) for one in ("green/002.png", "blue/004.png") for severity in (0, 1, 3)]
    answers = pd.DataFrame(cells, columns=["image_id", "condition_severity"])
    answers = answers.assign(model="colour", condition_name="fog", prediction_name="red", max_probability=0.4)
    monkeypatch.setattr("benchmarks.audit_sections.image_pictures.read_records", lambda *_: answers)
    gallery = _Artist(plan, 0, images, KeptMaps()).fragile(tmp_path)
    assert [strip.title.split(":")[0] for strip in gallery.strips] == ["blue (blue/004.png)", "green (green/002.png)"]
    assert "first under fog 1" in gallery.strips[0].title and "50% of 2 conditions" in gallery.strips[0].title
    assert [picture.title for picture in gallery.strips[1].pictures] == ["clean", "fog 3"]
    assert dict(gallery.strips[1].pictures[1].facts)["predicted"] == "red"


def test_without_errors_or_flips_galleries_say_so(plan: Plan, images: pd.DataFrame, tmp_path: Path) -> None:
    calm = images.assign(correct=True, first_flip_severity=np.nan)
    artist = _Artist(plan, 0, calm, KeptMaps())
    assert artist.wrong().explanation == "There is no wrong prediction."
    assert "changes its answer" in artist.fragile(tmp_path).explanation and not artist.fragile(tmp_path).strips
