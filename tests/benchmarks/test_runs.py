from dataclasses import replace
from pathlib import Path

import pytest
import torch

from benchmarks.request import Resolved
from benchmarks.runs import OtherRunError, default_folder, is_complete, open_run
from reports.records import read_run
from tests.conftest import MakePlan

CPU = torch.device("cpu")


@pytest.fixture
def resolved(make_plan: MakePlan, colour_folder: Path) -> Resolved:
    return Resolved(plan=make_plan(colour_folder), label_match="3 of 3", preset="quick")


def test_a_run_is_opened_once_and_found_again(resolved: Resolved, tmp_path: Path) -> None:
    first = open_run(resolved, tmp_path / "run", device=CPU, command="first")
    again = open_run(resolved, tmp_path / "run", device=CPU, command="second")
    assert again == first == read_run(tmp_path / "run")
    assert again["command"] == "first"
    assert not is_complete(tmp_path / "run", again)


def test_another_plan_is_refused_with_the_difference(resolved: Resolved, tmp_path: Path) -> None:
    open_run(resolved, tmp_path / "run", device=CPU, command="")
    other = replace(resolved, plan=replace(resolved.plan, seed=5, profile="tiny"))
    with pytest.raises(OtherRunError, match=r"differs in plan.profile, plan.seed\); choose another folder with --out"):
        open_run(other, tmp_path / "run", device=CPU, command="")
    fewer = replace(resolved, plan=replace(resolved.plan, label_indices=({"blue": 2, "green": 1, "red": 0},)))
    with pytest.raises(OtherRunError, match="differs in the choice of images or labels"):
        open_run(fewer, tmp_path / "run", device=CPU, command="")


def test_a_folder_with_other_files_is_left_alone(resolved: Resolved, tmp_path: Path) -> None:
    (tmp_path / "thesis.tex").write_text("precious")
    with pytest.raises(OtherRunError, match="expected an empty or new folder for --out"):
        open_run(resolved, tmp_path, device=CPU, command="")
    assert [path.name for path in tmp_path.iterdir() if path.is_file()] == ["thesis.tex"]


def test_the_page_comes_last(resolved: Resolved, tmp_path: Path) -> None:
    metadata = open_run(resolved, tmp_path / "run", device=CPU, command="") | {"status": "complete"}
    assert not is_complete(tmp_path / "run", metadata)
    (tmp_path / "run" / "report.html").write_text("")
    assert is_complete(tmp_path / "run", metadata)


def test_the_default_folder_is_safe_and_its_own(resolved: Resolved) -> None:
    model = replace(resolved.plan.models[0], name="hf-hub:../../x y")
    plan = replace(resolved.plan, models=(model,))
    folder = default_folder(plan)
    assert folder.parent == Path("runs") and "/" not in folder.name and ".." not in folder.name.replace(".._", "")
    assert default_folder(replace(plan, seed=3)) != folder == default_folder(plan)
