from pathlib import Path

import pytest
import torch
from torch import nn

from benchmarks.checkpoints import hash_weights, read_checkpoint, read_checkpoint_metadata, write_checkpoint


class Surprise:
    """An object that a plain state dict does not hold."""


def same(first: dict[str, torch.Tensor], second: dict[str, torch.Tensor]) -> bool:
    return first.keys() == second.keys() and all(torch.equal(first[key], second[key]) for key in first)


def test_safetensors_keep_weights_and_names(tmp_path: Path) -> None:
    module = nn.Sequential(nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4))
    write_checkpoint(module, tmp_path / "a" / "w.safetensors", class_names=("x", "y"), note="kept")
    assert same(read_checkpoint(tmp_path / "a" / "w.safetensors"), module.state_dict())
    assert read_checkpoint_metadata(tmp_path / "a" / "w.safetensors") == {"class_names": '["x", "y"]', "note": "kept"}


@pytest.mark.parametrize("wrap", [lambda s: s, lambda s: {"state_dict": s}, lambda s: {"model": s, "epoch": 3}])
def test_torch_files_are_unwrapped(tmp_path: Path, wrap: object) -> None:
    state = nn.Linear(3, 2).state_dict()
    torch.save(wrap({f"module.{key}": value for key, value in state.items()}), tmp_path / "w.pth")  # type: ignore[operator]
    assert same(read_checkpoint(tmp_path / "w.pth"), state)


def test_pickled_objects_need_trust(tmp_path: Path) -> None:
    torch.save({"state_dict": {"weight": torch.ones(1)}, "extra": Surprise()}, tmp_path / "w.pt")
    with pytest.raises(ValueError, match="can run code when they are read.*--trust-checkpoint"):
        read_checkpoint(tmp_path / "w.pt")
    assert read_checkpoint(tmp_path / "w.pt", trusted=True).keys() == {"weight"}


def test_a_trusted_module_gives_its_state(tmp_path: Path) -> None:
    module = nn.Linear(2, 2)
    torch.save(module, tmp_path / "w.pt")
    assert same(read_checkpoint(tmp_path / "w.pt", trusted=True), module.state_dict())


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("w.safetensors", b"not it", "expected a safetensors file"),
        ("w.pth", b"", "expected a torch checkpoint"),
        ("w.pth", b"<html>404</html>", "w.pth"),
        ("w.onnx", b"x", "ending in .safetensors or"),
    ],
)
def test_other_files_are_refused(tmp_path: Path, name: str, content: bytes, message: str) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(ValueError, match=message):
        read_checkpoint(tmp_path / name)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="expected a checkpoint file, got .*w.pth"):
        read_checkpoint(tmp_path / "w.pth")


def test_something_else_than_a_state_dict_is_refused(tmp_path: Path) -> None:
    torch.save([1, 2], tmp_path / "w.pt")
    with pytest.raises(ValueError, match="expected a state dict .* got list"):
        read_checkpoint(tmp_path / "w.pt")


def test_the_hash_sees_every_bit_and_no_layout() -> None:
    module = nn.Conv2d(3, 4, 3)
    before = hash_weights(module)
    assert hash_weights(module.to(memory_format=torch.channels_last)) == before
    with torch.no_grad():
        module.weight[0, 0, 0, 0] = torch.nextafter(module.weight[0, 0, 0, 0], torch.tensor(9.0))
    assert hash_weights(module) != before
