"""The folder of a small audit with records, and nothing else in it."""

from pathlib import Path

import pytest
import torch

from benchmarks.conditions import CLEAN, Condition
from benchmarks.engines import running_engines
from benchmarks.plan import Plan
from benchmarks.request import Resolved
from benchmarks.runs import open_run
from benchmarks.sweep import run_sweep
from tests.conftest import MakePlan

CPU = torch.device("cpu")


@pytest.fixture
def plan(make_plan: MakePlan, colour_folder: Path) -> Plan:
    """Thirty images, one of them broken, clean and under brightness of severities 1 and 5, which changes answers."""
    (colour_folder / "red" / "003.png").write_bytes(b"")
    cells = (Condition(kind="corruption", name="brightness", severity=severity) for severity in (1, 5))
    return make_plan(colour_folder, conditions=(CLEAN, *cells))


@pytest.fixture
def run(plan: Plan, tmp_path: Path) -> Path:
    open_run(Resolved(plan=plan, label_match="", preset="full"), tmp_path / "run", device=CPU, command="audit")
    with running_engines(plan, device=CPU, batch_size=32) as engines:
        run_sweep(plan, tmp_path / "run", engines)
    return tmp_path / "run"
