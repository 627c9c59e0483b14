import os
import unicodedata
from collections import Counter
from pathlib import Path

import pytest

from benchmarks.datasets.folder import class_folders, is_image, open_folder, visible, walk
from tests.benchmarks.datasets.pictures import bomb, encoded, picture, save


def test_one_folder_per_class(tmp_path: Path) -> None:
    for name in ("b/2.png", "a/1.png", "b/1.png", "b/deeper/still/3.JPG"):
        save(tmp_path / name)
    data = open_folder(tmp_path)
    assert data.class_names == ("a", "b")
    assert [one.image_id for one in data.entries] == ["a/1.png", "b/1.png", "b/2.png", "b/deeper/still/3.JPG"]
    assert [one.class_name for one in data.entries] == ["a", "b", "b", "b"]
    assert [one.index for one in data.entries] == [0, 1, 2, 3]
    assert data.name == tmp_path.name
    assert data.conditions == data.ignored == ()
    for one in data.entries:
        assert Path(one.path).is_file()
        assert data.decode(one).status == "ok"


def test_numeric_names_sort_as_numbers_and_empty_classes_stay(tmp_path: Path) -> None:
    for name in ("10", "9", "100"):
        save(tmp_path / name / "x.png")
    (tmp_path / "11").mkdir()
    assert open_folder(tmp_path).class_names == ("9", "10", "11", "100")


@pytest.mark.parametrize("name", ["con", "<img src=x onerror=alert(1)>", "日本", "a b", "nul.txt", "x.jpg", "%s", "*"])
def test_any_folder_name_is_a_class(tmp_path: Path, name: str) -> None:
    save(tmp_path / name / "x.png")
    data = open_folder(tmp_path)
    assert data.class_names == (name,)
    assert data.decode(data.entries[0]).status == "ok"


def test_unicode_names_are_normalised_and_paths_are_not(tmp_path: Path) -> None:
    decomposed = unicodedata.normalize("NFD", "café")
    save(tmp_path / decomposed / "x.png")
    data = open_folder(tmp_path)
    assert data.class_names == ("caf\u00e9",)
    assert data.entries[0].image_id == f"{decomposed}/x.png"
    assert data.decode(data.entries[0]).status == "ok"
    save(tmp_path / "caf\u00e9" / "x.png")
    with pytest.raises(ValueError, match="different unicode; join them"):
        open_folder(tmp_path)


def test_file_names_that_are_no_text(tmp_path: Path) -> None:
    save(tmp_path / os.fsdecode(b"caf\xe9") / os.fsdecode(b"\xff.png"))
    data = open_folder(tmp_path)
    assert data.class_names == (r"caf\xe9",)
    assert data.entries[0].image_id == r"caf\xe9/\xff.png"
    assert data.decode(data.entries[0]).status == "ok"
    assert len(data.fingerprint) == 64


def test_every_file_is_a_sample_or_ignored_and_hidden_ones_are_neither(tmp_path: Path) -> None:
    for name in ("a/x.png", "a/._x.png", "a/.thumbnails/y.png", ".cache/a/x.png", "stray.png"):
        save(tmp_path / name)
    for name in ("a/notes.txt", "a/x.png.part", "README", "a/noextension", "a/.DS_Store"):
        (tmp_path / name).write_text("x")
    os.mkfifo(tmp_path / "a/pipe.png")
    data = open_folder(tmp_path)
    assert [one.image_id for one in data.entries] == ["a/x.png"]
    assert data.ignored == ("README", "a/noextension", "a/notes.txt", "a/pipe.png", "a/x.png.part", "stray.png")


def test_bad_images_are_rows_with_a_status(tmp_path: Path) -> None:
    jpeg, png = encoded(picture(), "JPEG"), encoded(picture(), "PNG")
    contents = {
        "good.jpg": jpeg,
        "zero.jpg": b"",
        "cut.jpg": jpeg[: len(jpeg) // 2],
        "page.jpg": b"<!DOCTYPE html>",
        "noise.png": bytes(range(256)),
        "bomb.png": bomb(60_000, 60_000),
        "really.jpg": png,
    }
    (tmp_path / "a").mkdir()
    for name, content in contents.items():
        (tmp_path / "a" / name).write_bytes(content)
    (tmp_path / "a/gone.png").symlink_to("nowhere.png")
    data = open_folder(tmp_path)
    outcomes = {one.image_id.removeprefix("a/"): data.decode(one) for one in data.entries}
    assert {name: outcome.status for name, outcome in outcomes.items()} == {
        "good.jpg": "ok",
        "zero.jpg": "empty",
        "cut.jpg": "truncated",
        "page.jpg": "unreadable",
        "noise.png": "unreadable",
        "bomb.png": "too_large",
        "really.jpg": "ok",
        "gone.png": "missing",
    }
    assert outcomes["really.jpg"].note == "wrong_extension"


def test_links_are_followed_but_not_in_circles(tmp_path: Path) -> None:
    save(tmp_path / "store/x.png")
    root = tmp_path / "root"
    root.mkdir()
    (root / "a").symlink_to(tmp_path / "store", target_is_directory=True)
    save(root / "b/x.png")
    (root / "b/again").symlink_to(root / "b", target_is_directory=True)
    (root / "b/all").symlink_to(tmp_path / "store", target_is_directory=True)
    (root / "b/link.png").symlink_to(root / "b/x.png")
    data = open_folder(root)
    assert [one.image_id for one in data.entries] == ["a/x.png", "b/all/x.png", "b/link.png", "b/x.png"]
    assert {data.decode(one).status for one in data.entries} == {"ok"}


def test_fingerprint_is_that_of_the_data_and_not_of_its_place(tmp_path: Path) -> None:
    for root in ("one", "two"):
        save(tmp_path / root / "a/x.png")
    first, second = open_folder(tmp_path / "one"), open_folder(tmp_path / "two")
    assert first.fingerprint == second.fingerprint
    (tmp_path / "two/a/x.png").write_bytes(b"changed")
    assert open_folder(tmp_path / "two").fingerprint != first.fingerprint
    assert Counter(one.class_name for one in first.entries) == {"a": 1}


def test_nothing_there(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="got nothing at"):
        open_folder(tmp_path / "x")


def test_a_file(tmp_path: Path) -> None:
    with pytest.raises(NotADirectoryError, match="got the file"):
        open_folder(save(tmp_path / "x.png"))


def test_images_without_classes(tmp_path: Path) -> None:
    save(tmp_path / "x.png")
    with pytest.raises(ValueError, match="got 1 images without classes; put each image into a folder"):
        open_folder(tmp_path)


def test_no_images(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="got 0 folders"):
        open_folder(tmp_path)
    (tmp_path / "a").mkdir()
    with pytest.raises(ValueError, match=r"got 1 folders without any; known are \.apng"):
        open_folder(tmp_path)


def test_splits_are_not_classes(tmp_path: Path) -> None:
    for split in ("train", "val"):
        save(tmp_path / split / "a/x.png")
    with pytest.raises(ValueError, match="got the splits train, val; pass one of them"):
        open_folder(tmp_path)


def test_parts(tmp_path: Path) -> None:
    save(tmp_path / "a/b/x.png")
    save(tmp_path / "y.txt.png")
    assert class_folders(tmp_path) == ({"a": "a"}, ["y.txt.png"])
    assert [(relative, is_image(entry)) for relative, entry in walk(tmp_path, "a")] == [("a/b/x.png", True)]
    assert sorted(entry.name for entry in visible(tmp_path)) == ["a", "y.txt.png"]
