import errno
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from benchmarks.engines import running_engines
from benchmarks.request import Resolved
from benchmarks.runs import BusyRunError, OtherRunError, default_folder, held, is_complete, open_run
from benchmarks.sweep import run_sweep, shard_path
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
    assert not is_complete(resolved.plan, tmp_path / "run", again)


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
    plan, run = resolved.plan, tmp_path / "run"
    metadata = open_run(resolved, run, device=CPU, command="") | {"status": "complete"}
    with running_engines(plan, device=CPU, batch_size=16) as engines:
        run_sweep(plan, run, engines)
    assert not is_complete(plan, run, metadata)
    (run / "report.html").write_text("")
    assert is_complete(plan, run, metadata)


def test_a_complete_run_whose_shard_is_damaged_or_gone_is_not_complete(resolved: Resolved, tmp_path: Path) -> None:
    """The message about a damaged shard says to delete it and run the same command again, which must find work then."""
    plan, run = resolved.plan, tmp_path / "run"
    metadata = open_run(resolved, run, device=CPU, command="") | {"status": "complete"}
    with running_engines(plan, device=CPU, batch_size=16) as engines:
        run_sweep(plan, run, engines)
    (run / "report.html").write_text("")
    shard = shard_path(run, 1)
    content = shard.read_bytes()
    shard.write_bytes(content[:-10])
    assert not is_complete(plan, run, metadata)
    shard.unlink()
    assert not is_complete(plan, run, metadata)
    shard.write_bytes(content)
    assert is_complete(plan, run, metadata)


def test_what_a_killed_process_left_is_no_other_file(resolved: Resolved, tmp_path: Path) -> None:
    """A kill while run.json is written leaves a hidden file: the same command used to refuse the folder ever after."""
    run = tmp_path / "run"
    run.mkdir()
    (run / ".x1.partial").write_bytes(b"{")
    open_run(resolved, run, device=CPU, command="")
    with held(run):
        assert not list(run.glob("*.partial"))


def test_one_process_at_a_time_works_on_a_run(resolved: Resolved, tmp_path: Path) -> None:
    open_run(resolved, tmp_path / "run", device=CPU, command="")
    busy = pytest.raises(BusyRunError, match="another process at work there; wait for it")
    with held(tmp_path / "run"), busy, held(tmp_path / "run"):
        pytest.fail("held twice")
    with held(tmp_path / "run"):
        pass


def test_a_disk_without_locks_is_worked_on_all_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise OSError(errno.ENOLCK, "No locks available")

    monkeypatch.setattr("fcntl.flock", refuse)
    with held(tmp_path), held(tmp_path):
        pass


def test_the_default_folder_is_safe_and_its_own(resolved: Resolved) -> None:
    model = replace(resolved.plan.models[0], name="hf-hub:../../x y")
    plan = replace(resolved.plan, models=(model,))
    folder = default_folder(plan)
    assert folder.parent == Path("runs") and "/" not in folder.name and ".." not in folder.name.replace(".._", "")
    assert default_folder(replace(plan, seed=3)) != folder == default_folder(plan)
