import pytest
import torch

from benchmarks.speed import errors


def test_copies_are_held_against_as_many_plain_passes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(errors, "_ROUNDS", 2)
    row = errors._copies("test_resnet", 32, 2, torch.device("cpu"))
    assert row["copies"] == len(errors.copies_for(errors.Preparation(size=(32, 32), crop_fraction=1.0)))
    assert 0 < row["ratio_lowest"] <= row["ratio"] <= row["ratio_highest"] < 50
    assert row["plain_ms"] > 0 and row["rounds"] == 2


def test_figures_of_many_rows_are_timed_in_a_process_of_their_own() -> None:
    row = errors._figures(200, 3)
    assert row["rows"] == 600 and row["resamples"] == 1000
    assert 0 < row["seconds"] < 60 and row["peak_MB"] > 50
