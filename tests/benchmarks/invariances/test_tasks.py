from dataclasses import replace
from pathlib import Path

import pytest
import torch

from benchmarks.invariances.tasks import Options, open_tasks
from benchmarks.plan import Plan
from tests.benchmarks.invariances.conftest import SMALL
from tests.conftest import write_images

HOW = {"device": torch.device("cpu"), "batch_size": 16}


def test_parts_are_of_different_images_and_other_options_train_anew(plan: Plan, tmp_path: Path) -> None:
    (task,), (other,) = (open_tasks(plan, options, **HOW) for options in (SMALL, replace(SMALL, copies=2)))
    places = [set(part.tolist()) for part in task.parts.values()]
    assert sum(map(len, places)) == len(set.union(*places)) == 30
    assert task.autoencoder_path(tmp_path) != other.autoencoder_path(tmp_path)
    (longer,) = open_tasks(plan, replace(SMALL, flow=replace(SMALL.flow, steps=9)), **HOW)
    assert task.autoencoder_path(tmp_path) == longer.autoencoder_path(tmp_path)
    assert task.flow_path(tmp_path, "logits", "flow") != longer.flow_path(tmp_path, "logits", "flow")


def test_more_images_are_learned_from_whatever_their_classes_and_count(plan: Plan, tmp_path: Path) -> None:
    write_images(tmp_path / "more", "green", 5)
    (task,) = open_tasks(plan, replace(SMALL, learn_from=str(tmp_path / "more")), **HOW)
    assert len(task.more) == 5 and len(task.images) == len(task.ids) == len(task.labels) == 30
    before = task.autoencoder_path(tmp_path)
    write_images(tmp_path / "more", "green", 6)
    (task,) = open_tasks(plan, replace(SMALL, learn_from=str(tmp_path / "more")), **HOW)
    assert len(task.more) == 6 and task.autoencoder_path(tmp_path) != before, "other images train anew"


def test_mistakes_are_said_before_work_starts(plan: Plan, colour_folder: Path) -> None:
    with pytest.raises(ValueError, match="expected --layers among modules such as conv1, .*, got 'nothing'"):
        open_tasks(plan, replace(SMALL, layers=("nothing",)), **HOW)
    with pytest.raises(ValueError, match="expected --widen among"):
        Options(widen=("blur",))
    with pytest.raises(FileNotFoundError, match="expected a data folder, got nothing at nowhere"):
        open_tasks(plan, replace(SMALL, learn_from="nowhere"), **HOW)
    for path in sorted(colour_folder.rglob("*.png"))[15:]:
        path.write_bytes(b"")
    with pytest.raises(ValueError, match="expected at least 20 images that can be read and classified, got 15"):
        open_tasks(plan, SMALL, **HOW)
