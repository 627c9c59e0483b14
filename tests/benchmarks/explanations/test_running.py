from pathlib import Path

import pytest

from benchmarks.explanations import explain_tasks, open_tasks, remaining_maps
from benchmarks.request import Resolved
from tests.benchmarks.explanations.conftest import CPU, METHODS
from tests.conftest import MakePlan


def test_images_are_chosen_and_methods_come_with_a_control(
    make_plan: MakePlan, colour_folder: Path, tmp_path: Path
) -> None:
    resolved = Resolved(plan=make_plan(colour_folder), label_match="3 of 3", preset="full")
    tasks = open_tasks(resolved, tmp_path / "run", count=8, device=CPU, batch_size=8, command="here")
    (task,) = tasks
    assert len(task.chosen) <= 8 and task.chosen["confidently_wrong"].sum() == 2
    one = {"gradient_x_input": METHODS["gradient_x_input"]}
    assert remaining_maps(tasks, tmp_path / "run", one) == 2 * len(task.asks)
    (explained,) = explain_tasks(tasks, tmp_path / "run", one, device=CPU, batch_size=8)
    assert list(explained.methods) == ["gradient_x_input", "random"]
    assert remaining_maps(tasks, tmp_path / "run", one) == 0


def test_data_without_one_readable_image_is_an_error(make_plan: MakePlan, colour_folder: Path, tmp_path: Path) -> None:
    for path in colour_folder.rglob("*.png"):
        path.write_bytes(b"")
    resolved = Resolved(plan=make_plan(colour_folder), label_match="3 of 3", preset="full")
    with pytest.raises(ValueError, match="expected images that can be read and classified in data, got none"):
        open_tasks(resolved, tmp_path / "run", count=8, device=CPU, batch_size=8, command="here")
