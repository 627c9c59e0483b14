from pathlib import Path

import numpy as np
import pytest

from benchmarks.conditions import CLEAN, Condition
from benchmarks.datasets.published import find_cells, open_published
from tests.benchmarks.datasets.pictures import save


def published(name: str, severity: int) -> Condition:
    return Condition(kind="published", name=name, severity=severity)


def build(root: Path, corruptions: tuple[str, ...] = ("fog", "gaussian_noise")) -> None:
    for number, corruption in enumerate(corruptions):
        for severity in range(1, 6):
            for name in ("n02/a.png", "n02/b.png", "n10/c.png"):
                save(root / corruption / str(severity) / name, seed=10 * number + severity)


@pytest.mark.parametrize("group", ["", "weather"])
def test_tree_with_and_without_groups(tmp_path: Path, group: str) -> None:
    build(tmp_path / group)
    (tmp_path / "README.txt").write_text("x")
    data = open_published(tmp_path)
    expected = [published(name, severity) for name in ("fog", "gaussian_noise") for severity in range(1, 6)]
    assert list(data.conditions) == expected
    assert [one.image_id for one in data.entries] == ["n02/a.png", "n02/b.png", "n10/c.png"]
    assert data.class_names == ("n02", "n10")
    assert data.ignored == ("README.txt",)
    images = [np.asarray(data.decode(data.entries[0], condition).image) for condition in data.conditions]
    assert len({image.tobytes() for image in images}) == len(images)
    with pytest.raises(ValueError, match="expected a condition"):
        data.decode(data.entries[0], CLEAN)


def test_groups_do_not_change_the_fingerprint(tmp_path: Path) -> None:
    build(tmp_path / "one")
    build(tmp_path / "two/weather")
    assert open_published(tmp_path / "one").fingerprint == open_published(tmp_path / "two").fingerprint


def test_an_image_that_one_cell_lacks_is_missing_there_only(tmp_path: Path) -> None:
    build(tmp_path)
    (tmp_path / "fog/1/n02/a.png").unlink()
    (tmp_path / "gaussian_noise/5/n02/b.png").write_bytes(b"")
    data = open_published(tmp_path)
    first, second, _ = data.entries
    assert data.decode(first, published("fog", 1)).status == "missing"
    assert data.decode(first, published("fog", 2)).status == "ok"
    assert data.decode(second, published("gaussian_noise", 5)).status == "empty"


def test_incomplete_severities_are_what_they_are(tmp_path: Path) -> None:
    for severity in ("1", "3"):
        save(tmp_path / "fog" / severity / "a/x.png")
    (tmp_path / "fog/3/empty").mkdir()
    data = open_published(tmp_path)
    assert data.conditions == (published("fog", 1), published("fog", 3))
    assert data.class_names == ("a", "empty")


def test_severities_named_by_their_parameter_are_ranked(tmp_path: Path) -> None:
    names = ("10.00", "1.00", "2.00", "4.00", "9.00")
    for seed, name in enumerate(names):
        save(tmp_path / "sparkles" / name / "a/x.png", seed=seed)
    cells = find_cells(tmp_path)
    assert [(one.severity, folder.name) for one, folder in cells.items()] == [
        (1, "1.00"),
        (2, "2.00"),
        (3, "4.00"),
        (4, "9.00"),
        (5, "10.00"),
    ]


@pytest.mark.parametrize(
    "names", [("a/x.png",), ("a/1/x.png",), ("a/1/b/x.png", "a/y.png"), ("a/1/b/x.png", "a/7/b/x.png"), ("1/a/x.png",)]
)
def test_ordinary_folders_are_not_taken_for_published_ones(tmp_path: Path, names: tuple[str, ...]) -> None:
    for name in names:
        save(tmp_path / name)
    assert find_cells(tmp_path) == {}
    with pytest.raises(ValueError, match="got another layout"):
        open_published(tmp_path)


def test_many_ordinary_classes_are_left_unread(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from benchmarks.datasets import published as module

    for number in range(100):
        (tmp_path / f"{number:03d}").mkdir()
    seen: list[Path] = []
    original = module.visible
    monkeypatch.setattr(module, "visible", lambda folder: (seen.append(folder), original(folder))[1])
    assert find_cells(tmp_path) == {}
    assert len({path for path in seen if path != tmp_path}) <= 20


def test_a_stranger_among_the_corruptions(tmp_path: Path) -> None:
    build(tmp_path)
    save(tmp_path / "backup/x.png")
    with pytest.raises(ValueError, match="got also backup"):
        open_published(tmp_path)


def test_a_corruption_in_two_groups(tmp_path: Path) -> None:
    build(tmp_path / "weather")
    build(tmp_path / "more")
    with pytest.raises(ValueError, match="expected each corruption once"):
        open_published(tmp_path)


def test_cells_without_images(tmp_path: Path) -> None:
    (tmp_path / "fog/1/a").mkdir(parents=True)
    with pytest.raises(ValueError, match="got none"):
        open_published(tmp_path)
