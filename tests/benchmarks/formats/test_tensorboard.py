"""Event files by a writer that stands for the package, which is no requirement."""

import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from benchmarks.formats.tensorboard import write_scalars
from tests.benchmarks.formats.exported import cells, headline


def test_scalars_are_written_by_model_and_severity(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    written: dict[str, dict[tuple[str, int], float]] = {}

    class Writer:
        def __init__(self, folder: str) -> None:
            self.own: dict[tuple[str, int], float] = written.setdefault(Path(folder).name, {})

        def add_scalar(self, tag: str, value: float, step: int) -> None:
            self.own[tag, step] = value

        def close(self) -> None:
            self.own["closed", 0] = 1

    module: Any = ModuleType("torch.utils.tensorboard")
    module.SummaryWriter = Writer
    monkeypatch.setitem(sys.modules, "torch.utils.tensorboard", module)
    count = write_scalars({"headline": headline(), "cells": cells()}, tmp_path)
    assert list(written) == ["01-net.one", "02-a__b"]
    first = written["01-net.one"]
    assert first["accuracy/value", 0] == 0.8125 and first["mCE/high", 0] == 72
    assert first["severity/fog", 3] == pytest.approx(0.5) and ("severity/clean", 0) not in first
    assert not any(tag.startswith("fpr95") for tag, _ in first), "undefined"
    assert count == sum(len(own) - 1 for own in written.values()) and all(
        ("closed", 0) in own for own in written.values()
    )


def test_a_missing_package_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setitem(sys.modules, "torch.utils.tensorboard", None)
    with pytest.raises(ValueError, match="expected the package `tensorboard` for event files"):
        write_scalars({"headline": headline()}, tmp_path)
