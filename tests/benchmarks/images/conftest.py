"""The folder of a small audit with records, and nothing else in it."""

from pathlib import Path

import pytest
import torch
from torch import nn

from benchmarks.conditions import CLEAN, Condition
from benchmarks.engines import running_engines
from benchmarks.plan import Plan
from benchmarks.preparation import Preparation
from benchmarks.request import Resolved
from benchmarks.runs import open_run
from benchmarks.sweep import run_sweep
from benchmarks.zoo import wrap_module
from tests.conftest import COLOURS, SIDE, MakePlan

CPU = torch.device("cpu")


class ByBrightness(nn.Module):
    """Three classes by the mean of all pixels, so that brighter images get another answer."""

    def __init__(self) -> None:
        super().__init__()
        self.centres = nn.Parameter(torch.tensor([-0.6, 0.2, 1.0]))

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        return -((images.mean((1, 2, 3))[:, None] - self.centres) ** 2)


@pytest.fixture
def plan(make_plan: MakePlan, colour_folder: Path) -> Plan:
    """Thirty images, one of them broken, clean and under brightness of severities 1 and 5, which changes answers."""
    (colour_folder / "red" / "003.png").write_bytes(b"")
    cells = (Condition(kind="corruption", name="brightness", severity=severity) for severity in (1, 5))
    model = wrap_module(
        ByBrightness(),
        name="colour",
        class_names=list(COLOURS),
        preparation=Preparation(size=(SIDE, SIDE), crop_fraction=1.0),
        mean=(0.5,) * 3,
        std=(0.25,) * 3,
    )
    return make_plan(colour_folder, models=(model,), conditions=(CLEAN, *cells))


@pytest.fixture
def run(plan: Plan, tmp_path: Path) -> Path:
    open_run(Resolved(plan=plan, label_match="", preset="full"), tmp_path / "run", device=CPU, command="audit")
    with running_engines(plan, device=CPU, batch_size=32) as engines:
        run_sweep(plan, tmp_path / "run", engines)
    return tmp_path / "run"
