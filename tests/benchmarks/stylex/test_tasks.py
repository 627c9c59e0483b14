"""Classes, side and images that a request leaves open."""

from pathlib import Path

import pytest

from benchmarks.plan import Plan
from benchmarks.request import Request, Resolved
from benchmarks.stylex.tasks import choose_classes, choose_side, open_task
from benchmarks.zoo import ZooModel
from tests.conftest import MakePlan

REQUEST = Request(models=(), data=None, preset="full")


def resolved(plan: Plan) -> Resolved:
    return Resolved(plan=plan, label_match="by name", preset="full")


def test_a_folder_and_its_classifier_become_a_task(colour_folder: Path, make_plan: MakePlan) -> None:
    plan = make_plan(colour_folder)
    asked = Request(models=("colour",), data=str(colour_folder), preset="full")  # type: ignore[arg-type]
    task = open_task(resolved(plan), asked, class_names=("red", "blue"))
    assert task.data.side == 16
    assert task.data.class_names == task.model.classifier.class_names == ("red", "blue")
    assert len(task.data.images) + len(task.data.held_out) == 20
    assert open_task(resolved(plan), asked, images=9).data.class_names == ("blue", "green", "red")


def test_many_classes_are_not_all_meant(colour_model: ZooModel, monkeypatch: pytest.MonkeyPatch) -> None:
    assert choose_classes(colour_model, ()) == ("blue", "green", "red")
    monkeypatch.setattr("benchmarks.stylex.tasks._MOST_CLASSES", 2)
    with pytest.raises(ValueError, match="as colour has 3, got none; for example --classes 'blue,green'"):
        choose_classes(colour_model, ())


def test_small_classifiers_have_small_sides() -> None:
    assert choose_side((8, 100)) == choose_side((7, 7)) == 8
