from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from benchmarks.conditions import CLEAN
from benchmarks.request import Resolved
from benchmarks.runs import OtherRunError, default_folder, open_run
from benchmarks.sections import close_section, open_section, section_folder
from reports.records import read_run
from tests.conftest import MakePlan, write_images

CPU = torch.device("cpu")


@pytest.fixture
def resolved(make_plan: MakePlan, colour_folder: Path) -> Resolved:
    return Resolved(plan=make_plan(colour_folder), label_match="3 of 3", preset="full")


def opened(resolved: Resolved, run: Path) -> dict[str, object]:
    return open_section(resolved, run, section="errors", device=CPU, command="here")


def test_a_folder_of_its_own_is_no_audit_and_complete_at_the_end(resolved: Resolved, tmp_path: Path) -> None:
    run = tmp_path / "run"
    metadata = opened(resolved, run)
    assert metadata == read_run(run) == opened(resolved, run)
    with pytest.raises(OtherRunError):
        open_run(resolved, run, device=CPU, command="audit")
    folders = {
        default_folder(resolved.plan),
        *(section_folder(resolved.plan, word) for word in ("errors", "explained")),
    }
    assert len(folders) == 3
    (run / "tables").mkdir()
    (run / "tables" / "errors_curves.csv").write_text("model,population,score,coverage,value,low,high\n")
    assert close_section(run).exists() and read_run(run)["status"] == "complete"


def test_the_folder_of_an_audit_of_the_same_models_and_data_is_shared(resolved: Resolved, tmp_path: Path) -> None:
    fewer = replace(resolved.plan, samples=resolved.plan.samples.select(np.arange(6)))
    before = open_run(replace(resolved, plan=fewer), tmp_path / "run", device=CPU, command="audit")
    other_conditions = replace(resolved, plan=replace(resolved.plan, conditions=(CLEAN,)))
    assert opened(other_conditions, tmp_path / "run") == read_run(tmp_path / "run") == before


def test_the_folder_of_other_models_or_data_is_refused(resolved: Resolved, make_plan: MakePlan, tmp_path: Path) -> None:
    opened(resolved, tmp_path / "run")
    for changed in ({"name": "another"}, {"weights_sha256": "0" * 64}):
        other = replace(resolved.plan, models=(replace(resolved.plan.models[0], **changed),))  # type: ignore[arg-type]
        with pytest.raises(OtherRunError, match="got other models; choose another folder with --out"):
            opened(replace(resolved, plan=other), tmp_path / "run")
    write_images(tmp_path / "more", "red", 3)
    with pytest.raises(OtherRunError, match="got other data"):
        opened(replace(resolved, plan=make_plan(tmp_path / "more")), tmp_path / "run")
