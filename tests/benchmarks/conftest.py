"""The command line as a test calls it, and small models for it."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest
import timm

from benchmarks.checkpoints import write_checkpoint
from benchmarks.cli import main
from tests.conftest import COLOURS

__all__ = ["AUDIT", "Cli", "Outcome"]

AUDIT = ("audit", "--sections", "corruptions")
"""The command for tests that want an audit's records and no section more."""


class Outcome(NamedTuple):
    status: int
    out: str
    err: str

    @property
    def last_line(self) -> str:
        return self.out.strip().splitlines()[-1]


Cli = Callable[..., Outcome]


@pytest.fixture
def cli(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Cli:
    def call(*arguments: object) -> Outcome:
        monkeypatch.setattr("sys.argv", ["classifier-audit", *map(str, arguments)])
        try:
            main()
            status = 0
        except SystemExit as stop:
            status = int(stop.code or 0)
        captured = capsys.readouterr()
        return Outcome(status, captured.out, captured.err)

    return call


@pytest.fixture
def model_and_data(colour_folder: Path, tmp_path: Path) -> list[str]:
    """A small timm checkpoint that knows the folder's class names."""
    module = timm.create_model("test_resnet", num_classes=3)
    metadata = json.dumps({"input_size": [3, 32, 32], "crop_pct": 1.0})
    write_checkpoint(module, tmp_path / "w.safetensors", class_names=tuple(COLOURS), data_config=metadata)
    return ["--model", "test_resnet", "--checkpoint", str(tmp_path / "w.safetensors"), "--data", str(colour_folder)]


@pytest.fixture
def two_models(tmp_path: Path) -> list[str]:
    """Two small timm checkpoints with the names of the colours, for one data folder."""
    arguments = []
    for name in ("1", "2"):
        file = tmp_path / f"{name}.safetensors"
        module = timm.create_model("test_resnet", num_classes=3)
        metadata = json.dumps({"input_size": [3, 32, 32], "crop_pct": 1.0})
        write_checkpoint(module, file, class_names=tuple(COLOURS), data_config=metadata)
        arguments += ["--model", "test_resnet", "--checkpoint", str(file)]
    return arguments
