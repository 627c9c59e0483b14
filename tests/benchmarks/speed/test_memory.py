from pathlib import Path

import pytest
import torch

from benchmarks.speed import memory


def test_the_peak_of_a_real_audit_is_measured(shorter_default: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(memory, "_COUNTS", (20,))
    (table,) = memory.measure_memory(torch.device("cpu"))
    assert table["images"].tolist() == [20]
    assert (table["peak_MB"] > 100).all()


def test_the_growth_is_held_against_the_fewest_images(shorter_default: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(memory, "_COUNTS", (20, 40))
    peaks = {20: 500e6, 40: 530e6}
    monkeypatch.setattr(memory, "_peak_of_audit", lambda data, *_: peaks[len(list(data.rglob("*.png")))])
    (table,) = memory.measure_memory(torch.device("cpu"))
    assert table["images"].tolist() == [20, 40] and table["records"].tolist() == [220, 440]
    assert table["growth_MB"].tolist() == [0, 30]


def test_the_images_differ(tmp_path: Path) -> None:
    memory._write_images(tmp_path, 30)
    assert len({path.read_bytes() for path in tmp_path.rglob("*.png")}) == 30
