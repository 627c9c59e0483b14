"""A sweep that has been done, which exports start from."""

from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest
import torch

from benchmarks.conditions import CLEAN, Condition
from benchmarks.inference import Engine
from benchmarks.plan import Plan
from benchmarks.sweep import run_sweep
from reports.records import read_records
from tests.conftest import MakePlan

Sweep = Callable[[Plan, Path], pd.DataFrame]

EVERY_SEVERITY = (
    CLEAN,
    *(
        Condition(kind="corruption", name=name, severity=s)
        for name in ("gaussian_noise", "contrast")
        for s in range(1, 6)
    ),
)


@pytest.fixture
def sweep() -> Sweep:
    """Run a plan and return its records."""

    def run(plan: Plan, folder: Path) -> pd.DataFrame:
        engines = [
            Engine(classifier=m.classifier.eval(), device=torch.device("cpu"), precision="exact") for m in plan.models
        ]
        run_sweep(plan, folder, engines)
        return read_records(folder)

    return run


@pytest.fixture
def full_plan(make_plan: MakePlan, colour_folder: Path) -> Plan:
    """Thirty images under two corruptions at all five severities, and clean."""
    return make_plan(colour_folder, conditions=EVERY_SEVERITY)
