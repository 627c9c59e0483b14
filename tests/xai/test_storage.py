"""What is written is read again, and nothing else is taken for it."""

from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file

from xai.storage import read_tensors, write_tensors


def test_tensors_and_description_come_back(tmp_path: Path) -> None:
    tensors = {"weight": torch.rand(2, 3).T, "order": torch.arange(3)}
    write_tensors(tmp_path / "one.safetensors", tensors, kind="thing", description={"width": 3, "names": ["a"]})
    read, description = read_tensors(tmp_path / "one.safetensors", kind="thing")
    assert set(read) == set(tensors)
    assert all(torch.equal(read[name], tensor) for name, tensor in tensors.items())
    assert description == {"width": 3, "names": ["a"]}


def test_writing_the_same_twice_gives_the_same_bytes_and_no_scraps(tmp_path: Path) -> None:
    for name in ("one", "two", "two"):
        write_tensors(tmp_path / name, {"a": torch.ones(2), "b": torch.ones(1)}, kind="thing", description={"n": 1})
    assert (tmp_path / "one").read_bytes() == (tmp_path / "two").read_bytes()
    assert {path.name for path in tmp_path.iterdir()} == {"one", "two"}


def test_other_files_are_refused(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="expected thing in .*none, got no such file"):
        read_tensors(tmp_path / "none", kind="thing")
    (tmp_path / "text").write_text("no tensors")
    with pytest.raises(ValueError, match="expected a safetensors file, got"):
        read_tensors(tmp_path / "text", kind="thing")
    save_file({"weight": torch.zeros(2)}, tmp_path / "weights")
    with pytest.raises(ValueError, match="expected thing in .*, got tensors alone"):
        read_tensors(tmp_path / "weights", kind="thing")
    write_tensors(tmp_path / "other", {"a": torch.ones(2)}, kind="other", description={})
    with pytest.raises(ValueError, match="expected thing in .*, got other"):
        read_tensors(tmp_path / "other", kind="thing")
