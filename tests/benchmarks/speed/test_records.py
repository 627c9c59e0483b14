from pathlib import Path

import pytest
import torch

from benchmarks.conditions import CLEAN, Condition
from benchmarks.speed import records
from benchmarks.speed.records import MadeUp, measure_records, write_made_up
from reports.records import read_records

FEW = MadeUp(images=120, classes=6, block=50, conditions=(CLEAN, Condition(kind="corruption", name="fog", severity=3)))


def test_what_is_made_up_are_records_of_every_image_and_condition(tmp_path: Path) -> None:
    write_made_up(tmp_path, FEW)
    frame = read_records(tmp_path)
    assert len(frame) == 240 and len(list((tmp_path / "records").iterdir())) == 3
    assert frame.groupby("image_id")["label"].nunique().eq(1).all()
    assert (frame["correct"] == (frame["prediction"] == frame["label"])).all()
    errors = 1 - frame.groupby("condition_name", observed=True)["correct"].mean()
    assert errors["clean"] < errors["fog"]


def test_reports_are_timed_in_a_process_of_their_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(records, "_SIZES", (FEW,))
    (table,) = measure_records(torch.device("cpu"))
    assert table["records"].tolist() == [240]
    assert (table[["seconds", "processor_seconds", "peak_MB", "page_MB"]] > 0).all(axis=None)
