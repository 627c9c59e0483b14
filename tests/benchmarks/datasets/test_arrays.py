import pickle
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from benchmarks.conditions import CLEAN, Condition
from benchmarks.datasets.arrays import IMAGE_FILES, LABEL_FILES, open_arrays

RNG = np.random.default_rng(0)


def pixels(count: int) -> Any:
    return RNG.integers(0, 256, (count, 4, 5, 3), dtype=np.uint8)


def save(root: Path, **arrays: Any) -> Path:
    for name, values in arrays.items():
        np.save(root / f"{name}.npy", values)
    return root


@pytest.mark.parametrize("image_file", IMAGE_FILES)
@pytest.mark.parametrize("label_file", LABEL_FILES)
def test_clean_arrays(tmp_path: Path, image_file: str, label_file: str) -> None:
    images, labels = pixels(12), np.arange(12) % 11
    np.save(tmp_path / image_file, images)
    np.save(tmp_path / label_file, labels)
    data = open_arrays(tmp_path)
    assert data.conditions == ()
    assert data.class_names == tuple(str(number) for number in range(11))
    assert [one.image_id for one in data.entries] == [f"{row:02d}" for row in range(12)]
    for row, one in enumerate(data.entries):
        assert one.class_name == str(labels[row])
        assert one.path.endswith(f"{image_file}#{one.image_id}")
        np.testing.assert_array_equal(np.asarray(data.decode(one).image), images[row])


def test_a_subset_reads_the_right_rows(tmp_path: Path) -> None:
    images = pixels(6)
    data = open_arrays(save(tmp_path, images=images, labels=np.zeros(6, int))).select([4, 1])
    for one, row in zip(data.entries, (4, 1), strict=True):
        np.testing.assert_array_equal(np.asarray(data.decode(one).image), images[row])


def test_class_names_are_lines(tmp_path: Path) -> None:
    save(tmp_path, images=pixels(3), labels=np.array([[2], [0], [2]]))
    (tmp_path / "class_names.txt").write_text("\ufeff2\n0\ncafe\u0301\n\n", "utf-8")
    data = open_arrays(tmp_path)
    assert data.class_names == ("2", "0", "caf\u00e9")
    assert [one.class_name for one in data.entries] == ["caf\u00e9", "2", "caf\u00e9"]


@pytest.mark.parametrize("repeats", [1, 5])
def test_corrupted_arrays_are_ordered_by_severity(tmp_path: Path, repeats: int) -> None:
    fog, snow, labels = pixels(15), pixels(15), np.array([1, 0, 1])
    data = open_arrays(save(tmp_path, fog=fog, snow=snow, labels=np.tile(labels, repeats)))
    assert len(data.entries) == 3
    assert [(one.name, one.severity) for one in data.conditions] == [
        (name, severity) for name in ("fog", "snow") for severity in range(1, 6)
    ]
    for condition in data.conditions:
        for row, one in enumerate(data.entries):
            source = {"fog": fog, "snow": snow}[condition.name]
            np.testing.assert_array_equal(
                np.asarray(data.decode(one, condition).image), source[3 * (condition.severity - 1) + row]
            )
    with pytest.raises(ValueError, match="expected a condition"):
        data.decode(data.entries[0])


def test_clean_and_corrupted_arrays_together(tmp_path: Path) -> None:
    images, fog = pixels(2), pixels(10)
    data = open_arrays(save(tmp_path, images=images, fog=fog, labels=np.array([0, 1])))
    assert data.conditions[:2] == (CLEAN, Condition(kind="published", name="fog", severity=1))
    np.testing.assert_array_equal(np.asarray(data.decode(data.entries[1]).image), images[1])


@pytest.mark.parametrize(
    ("arrays", "message"),
    [
        ({"images": pixels(3)}, "expected the labels of .* in one of labels.npy"),
        ({"labels": np.zeros(3, int)}, "expected the images of"),
        ({"images": pixels(3), "x": pixels(3), "labels": np.zeros(3, int)}, "expected one file of images"),
        ({"images": pixels(3), "labels": np.zeros(4, int)}, "expected 3 labels .*, got 4"),
        ({"images": pixels(3)[..., :1], "labels": np.zeros(3, int)}, r"got uint8 \(3, 4, 5, 1\)"),
        ({"images": pixels(3) / 255, "labels": np.zeros(3, int)}, "got float64"),
        ({"images": np.asfortranarray(pixels(3)), "labels": np.zeros(3, int)}, "Fortran"),
        ({"images": pixels(3), "labels": np.zeros(3)}, "whole labels .* got float64"),
        ({"images": pixels(3), "labels": np.array([0, -1, 0])}, "at least 0"),
        ({"fog": pixels(14), "labels": np.zeros(3, int)}, "expected 10 images in .*fog.npy.* got 14"),
        ({"fog": pixels(15), "snow": pixels(10), "labels": np.zeros(3, int)}, "expected 15 images in .*snow.npy"),
        ({"fog": pixels(15), "labels": np.zeros(4, int)}, "expected 3 labels .* got 4"),
        ({"fog": pixels(15), "labels": np.arange(15)}, "the same labels for every severity"),
        ({"images": np.array([None, {}]), "labels": np.zeros(2, int)}, "Pickled or object arrays are refused"),
    ],
    ids=range(14),
)
def test_what_does_not_fit_is_refused(tmp_path: Path, arrays: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        open_arrays(save(tmp_path, **arrays))


def test_damaged_and_pickled_files_are_refused(tmp_path: Path) -> None:
    save(tmp_path, images=pixels(3), labels=np.zeros(3, int))
    whole = (tmp_path / "images.npy").read_bytes()
    for content in (b"", whole[:-10], pickle.dumps([1, 2]), b"<html>"):
        (tmp_path / "images.npy").write_bytes(content)
        with pytest.raises(ValueError, match=r"expected a plain numpy array in .*images\.npy"):
            open_arrays(tmp_path)


def test_names_that_do_not_fit_the_labels(tmp_path: Path) -> None:
    save(tmp_path, images=pixels(3), labels=np.array([0, 1, 2]))
    (tmp_path / "class_names.txt").write_text("a\nb\n")
    with pytest.raises(ValueError, match=r"expected labels below 2, .* got 2"):
        open_arrays(tmp_path)
    (tmp_path / "class_names.txt").write_text("a\nb\na\n")
    with pytest.raises(ValueError, match="got a repetition"):
        open_arrays(tmp_path)


def test_other_files_are_counted(tmp_path: Path) -> None:
    save(tmp_path, images=pixels(1), labels=np.zeros(1, int))
    for name in ("README.md", ".hidden"):
        (tmp_path / name).write_text("x")
    assert open_arrays(tmp_path).ignored == ("README.md",)
