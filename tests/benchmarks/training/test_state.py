from pathlib import Path

import pytest
import torch

from benchmarks.training.state import State, read_state, write_state


def test_a_state_comes_back_as_it_was(tmp_path: Path) -> None:
    tensors = {"network": {"a.b": torch.randn(2, 3)}, "optimiser": {"0.step": torch.tensor(4.0)}, "best": {}}
    written = State(
        epochs=2, log=[{"epoch": 1, "loss": 0.1 + 0.2, "validation_accuracy": float("nan")}], tensors=tensors
    )
    write_state(tmp_path / "state.safetensors", written, "me")
    found = read_state(tmp_path / "state.safetensors", "me")
    assert found is not None and found.epochs == 2
    assert found.log[0]["loss"] == written.log[0]["loss"]
    assert torch.equal(found.tensors["network"]["a.b"], tensors["network"]["a.b"])
    assert found.tensors["optimiser"]["0.step"] == 4
    assert "best" not in found.tensors


def test_other_trainings_and_damage_count_as_nothing(tmp_path: Path) -> None:
    path = tmp_path / "state.safetensors"
    assert read_state(path, "me") is None
    write_state(path, State(epochs=0, tensors={"network": {"a": torch.zeros(9)}}), "me")
    assert read_state(path, "someone else") is None
    path.write_bytes(path.read_bytes()[:-8])
    assert read_state(path, "me") is None


def test_a_failed_write_leaves_the_old_state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "state.safetensors"
    write_state(path, State(epochs=1), "me")
    monkeypatch.setattr("reports.records.os.fsync", lambda handle: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        write_state(path, State(epochs=2), "me")
    found = read_state(path, "me")
    assert found is not None and found.epochs == 1
