from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from benchmarks.explanations import explained_folder, open_explained
from benchmarks.request import Resolved
from benchmarks.runs import OtherRunError, default_folder, open_run
from reports.records import read_run
from tests.benchmarks.explanations.conftest import CPU
from tests.conftest import MakePlan


@pytest.fixture
def resolved(make_plan: MakePlan, colour_folder: Path) -> Resolved:
    return Resolved(plan=make_plan(colour_folder), label_match="3 of 3", preset="full")


def test_an_audit_does_not_take_the_folder_for_its_own(resolved: Resolved, tmp_path: Path) -> None:
    assert explained_folder(resolved.plan) != default_folder(resolved.plan)
    open_explained(resolved, tmp_path / "run", device=CPU, command="here")
    assert read_run(tmp_path / "run")["command"] == "here"
    open_explained(resolved, tmp_path / "run", device=CPU, command="again")
    with pytest.raises(OtherRunError):
        open_run(resolved, tmp_path / "run", device=CPU, command="audit")


def test_the_folder_of_an_audit_of_fewer_images_is_shared(resolved: Resolved, tmp_path: Path) -> None:
    fewer = replace(resolved.plan, samples=resolved.plan.samples.select(np.arange(6)))
    open_run(replace(resolved, plan=fewer), tmp_path / "run", device=CPU, command="audit")
    open_explained(resolved, tmp_path / "run", device=CPU, command="here")
    assert read_run(tmp_path / "run")["command"] == "audit"


def test_another_model_is_refused(resolved: Resolved, tmp_path: Path) -> None:
    other = replace(resolved.plan, models=(replace(resolved.plan.models[0], weights_sha256="0" * 64),))
    open_run(replace(resolved, plan=other), tmp_path / "run", device=CPU, command="audit")
    with pytest.raises(OtherRunError, match="got other models; choose another folder with --out"):
        open_explained(resolved, tmp_path / "run", device=CPU, command="here")
