import importlib.util
import io
import pickle
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
import pytest

from benchmarks.datasets.timm_reader import index_reader, open_named
from tests.benchmarks.datasets.pictures import encoded, picture, save

CONTENTS = [encoded(picture(), "PNG"), b"", None, encoded(picture(1), "JPEG")]


class Reader:
    """What a random-access reader of timm offers, ReaderHfds for one."""

    def __init__(self, targets: list[Any], class_to_idx: dict[str, int]) -> None:
        self.targets, self.class_to_idx = targets, class_to_idx

    def iter_targets(self) -> Iterator[Any]:
        return iter(self.targets)

    def __getitem__(self, index: int) -> tuple[BinaryIO, Any]:
        content = CONTENTS[index]
        assert content is not None
        return io.BytesIO(content), self.targets[index]

    def __len__(self) -> int:
        return len(self.targets)


def test_reader_indexes_and_we_decode() -> None:
    data = index_reader(Reader([2, 0, 0, np.int64(2)], {"b": 2, "a": 0, "empty": 1}), name="n", location="hfds/n")
    assert data.class_names == ("a", "empty", "b")
    assert [one.class_name for one in data.entries] == ["b", "a", "a", "b"]
    assert [one.path for one in data.entries] == [f"hfds/n#{row}" for row in range(4)]
    assert [data.decode(one).status for one in data.entries] == ["ok", "empty", "missing", "ok"]
    np.testing.assert_array_equal(np.asarray(data.decode(data.entries[0]).image), np.asarray(picture()))


def test_reader_without_names_has_its_numbers() -> None:
    data = index_reader(Reader([10, 9, 10, 9], {}), name="n", location="hfds/n")
    assert data.class_names == ("9", "10")
    assert [one.class_name for one in data.entries] == ["10", "9", "10", "9"]


@pytest.mark.parametrize("targets", [[-1] * 4, [[0], [1], [0, 1], []], [0.5] * 4, [None] * 4], ids=repr)
def test_rows_without_one_label_are_refused(targets: list[Any]) -> None:
    with pytest.raises(ValueError, match="expected one label of at least 0 per image in hfds/n"):
        index_reader(Reader(targets, {"a": 0, "b": 1}), name="n", location="hfds/n")


def test_labels_without_names_and_empty_data_are_refused() -> None:
    with pytest.raises(ValueError, match=r"got none for \[3\]"):
        index_reader(Reader([0, 3, 0, 0], {"a": 0}), name="n", location="hfds/n")
    with pytest.raises(ValueError, match="expected images in hfds/n, got none"):
        index_reader(Reader([], {"a": 0}), name="n", location="hfds/n")


@pytest.mark.parametrize("name", ["hfds/mnist", "hfds/owner/name?split=test"])
def test_missing_package_names_the_extra(
    name: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda _: None)
    with pytest.raises(ModuleNotFoundError, match=r"pip install 'classifier-audit\[hf\]'"):
        open_named(name)
    assert capsys.readouterr() == ("", "")


def test_hugging_face_data_made_here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("datasets", reason="the extra `hf` is not installed")
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    for seed, name in enumerate(("cat/0.png", "dog/1.png")):
        save(tmp_path / "data/test" / name, seed)
    (tmp_path / "data/test/dog/2.png").write_bytes(b"<html>")
    data = open_named(f"hfds/{tmp_path / 'data'}?split=test&root={tmp_path / 'cache'}")
    assert data.class_names == ("cat", "dog")
    assert {(one.class_name, data.decode(one).status) for one in data.entries} == {
        ("cat", "ok"),
        ("dog", "ok"),
        ("dog", "unreadable"),
    }
    with pytest.raises(ValueError, match="split 'validation', got: "):
        open_named(f"hfds/{tmp_path / 'data'}?root={tmp_path / 'cache'}")


def test_unknown_names_and_options() -> None:
    with pytest.raises(ValueError, match="begins with one of hfds/, torch/, got 'tfds/mnist'"):
        open_named("tfds/mnist")
    with pytest.raises(ValueError, match=r"expected the options split, root in .* got image, splt"):
        open_named("torch/cifar10?splt=test&image=x")


def test_torchvision_needs_a_root_and_downloads_nothing(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"write torch/cifar10\?root=FOLDER"):
        open_named("torch/cifar10")
    with pytest.raises(ValueError, match="Nothing is downloaded here"):
        open_named(f"torch/cifar10?root={tmp_path}")
    with pytest.raises(ValueError, match="Unknown torchvision dataset nothing"):
        open_named(f"torch/nothing?root={tmp_path}")
    assert not list(tmp_path.iterdir())


def test_torchvision_folder(tmp_path: Path) -> None:
    for seed, name in enumerate(("val/10/a.png", "val/9/b.png")):
        save(tmp_path / name, seed)
    data = open_named(f"torch/image_folder?root={tmp_path}")
    assert data.class_names == ("10", "9")
    assert [one.class_name for one in data.entries] == ["10", "9"]
    np.testing.assert_array_equal(np.asarray(data.decode(data.entries[1]).image), np.asarray(picture(1)))


def test_torchvision_arrays(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from torchvision import datasets

    pixels = np.random.default_rng(0).integers(0, 256, (3, 32, 32, 3), dtype=np.uint8)
    folder = tmp_path / datasets.CIFAR10.base_folder
    folder.mkdir()
    rows = {"data": pixels.transpose(0, 3, 1, 2).reshape(3, -1), "labels": [1, 0, 1]}
    (folder / "test_batch").write_bytes(pickle.dumps(rows))
    (folder / "batches.meta").write_bytes(pickle.dumps({"label_names": ["plane", "car"]}))
    monkeypatch.setattr(datasets.CIFAR10, "_check_integrity", lambda _: True)
    monkeypatch.setattr(datasets.cifar, "check_integrity", lambda *_: True)
    data = open_named(f"torch/cifar10?root={tmp_path}&split=test")
    assert data.class_names == ("plane", "car")
    assert [one.class_name for one in data.entries] == ["car", "plane", "car"]
    for row, one in enumerate(data.entries):
        np.testing.assert_array_equal(np.asarray(data.decode(one).image), pixels[row])


def test_torchvision_grey_arrays(tmp_path: Path) -> None:
    pixels = np.random.default_rng(0).integers(0, 256, (2, 28, 28), dtype=np.uint8)
    raw = tmp_path / "MNIST/raw"
    raw.mkdir(parents=True)
    header = {1: np.array([2049, 2], ">i4").tobytes(), 3: np.array([2051, 2, 28, 28], ">i4").tobytes()}
    for part in ("train", "t10k"):
        (raw / f"{part}-images-idx3-ubyte").write_bytes(header[3] + pixels.tobytes())
        (raw / f"{part}-labels-idx1-ubyte").write_bytes(header[1] + bytes([7, 0]))
    data = open_named(f"torch/mnist?root={tmp_path}")
    assert data.class_names[:2] == ("0 - zero", "1 - one")
    decoded = data.decode(data.entries[0])
    assert (data.entries[0].class_name, decoded.note) == ("7 - seven", "grey")
    np.testing.assert_array_equal(np.asarray(decoded.image), np.repeat(pixels[0][..., None], 3, axis=2))
