from dataclasses import replace
from pathlib import Path

import pytest
import torch

from benchmarks.conditions import CLEAN
from benchmarks.error_detection.opening import errors_folder, open_errors
from benchmarks.request import Resolved
from benchmarks.runs import OtherRunError, default_folder, open_run
from reports.records import read_run
from tests.conftest import MakePlan, write_images

CPU = torch.device("cpu")


def opened(resolved: Resolved, run: Path) -> dict[str, object]:
    return open_errors(resolved, run, device=CPU, command="here")


def test_a_folder_of_its_own_is_no_audit(resolved: Resolved, tmp_path: Path) -> None:
    metadata = opened(resolved, tmp_path / "run")
    assert metadata == read_run(tmp_path / "run") == opened(resolved, tmp_path / "run")
    with pytest.raises(OtherRunError):
        open_run(resolved, tmp_path / "run", device=CPU, command="audit")
    assert errors_folder(resolved.plan) != default_folder(resolved.plan)


def test_the_folder_of_an_audit_of_the_same_models_and_data_is_shared(resolved: Resolved, tmp_path: Path) -> None:
    before = open_run(resolved, tmp_path / "run", device=CPU, command="audit")
    fewer = replace(resolved, plan=replace(resolved.plan, conditions=(CLEAN,)))
    assert opened(fewer, tmp_path / "run") == read_run(tmp_path / "run") == before


def test_the_folder_of_other_models_or_data_is_refused(resolved: Resolved, make_plan: MakePlan, tmp_path: Path) -> None:
    opened(resolved, tmp_path / "run")
    model = replace(resolved.plan.models[0], name="another")
    with pytest.raises(OtherRunError, match="got other models"):
        opened(replace(resolved, plan=replace(resolved.plan, models=(model,))), tmp_path / "run")
    write_images(tmp_path / "more", "red", 3)
    with pytest.raises(OtherRunError, match="got other data"):
        opened(replace(resolved, plan=make_plan(tmp_path / "more")), tmp_path / "run")
