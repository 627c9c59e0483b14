from pathlib import Path

import pytest
import torch

from benchmarks.speed import memory


def test_the_peak_of_audits_is_measured(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(memory, "_COUNTS", (20, 40))
    (table,) = memory.measure_memory(torch.device("cpu"))
    assert table["images"].tolist() == [20, 40]
    assert (table["peak_MB"] > 100).all()
    assert table["growth_MB"].tolist()[0] == 0


def test_the_images_differ(tmp_path: Path) -> None:
    memory._write_images(tmp_path, 30)
    assert len({path.read_bytes() for path in tmp_path.rglob("*.png")}) == 30
