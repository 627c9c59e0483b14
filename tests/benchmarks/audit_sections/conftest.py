"""A job of sections: a small network on thirty images."""

from collections.abc import Callable
from pathlib import Path

import pytest
import torch

from benchmarks.audit_sections import Explainers, Job, Stage
from benchmarks.console import Silence
from benchmarks.plan import Plan
from benchmarks.request import Request, Resolved
from tests.conftest import MakePlan

CPU = torch.device("cpu")

MakeJob = Callable[..., Job]


@pytest.fixture
def make_job(make_plan: MakePlan, colour_folder: Path, tmp_path: Path) -> MakeJob:
    """A job on the colour folder, nothing of it done."""

    def make(*, preset: str = "quick", explainers: Explainers | None = None, **changes: object) -> Job:
        plan: Plan = make_plan(colour_folder, **changes)
        resolved = Resolved(plan=plan, label_match="3 of 3", preset=preset)
        stage = Stage(
            resolved=resolved, run=tmp_path / "run", device=CPU, batch_size=16, command="here", console=Silence()
        )
        request = Request(data=str(colour_folder), preset=preset)
        return Job(stage=stage, request=request, explainers=explainers or Explainers())

    return make
