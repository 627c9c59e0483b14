from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from benchmarks.embedded import EmbeddedTraining
from benchmarks.finding_trials import planting
from benchmarks.finding_trials.planting import PROBLEMS


@pytest.fixture
def weights(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """What planting asks of the embedded default is only its weights, which take seconds to train."""
    monkeypatch.setattr(planting, "embedded_default", lambda _: None)
    monkeypatch.setattr(planting, "weights_path", lambda _: tmp_path / "w.safetensors")
    return tmp_path / "w.safetensors"


def files(root: Path) -> dict[str, set[str]]:
    return {folder.name: {path.name for path in folder.rglob("*.png")} for folder in sorted(root.iterdir())}


def test_half_of_a_class_is_moved_and_nothing_else(weights: Path, tmp_path: Path) -> None:
    planted = PROBLEMS["mislabelled_class"](tmp_path / "data", 0)
    sizes = {name: len(found) for name, found in files(planted.data).items()}
    assert sum(sizes.values()) == 898 and planted.checkpoint == weights
    grown = [name for name, size in sizes.items() if size > 120]
    assert grown == [planted.subject]
    assert sum(size < 60 for size in sizes.values()) == 1


@pytest.mark.parametrize("problem", ["corrupted_folder", "corrupted_class"])
def test_what_is_spoilt_is_what_is_named(weights: Path, tmp_path: Path, problem: str) -> None:
    planted = PROBLEMS[problem](tmp_path / "data", 1)
    word = planted.subject.removeprefix("*/")
    coloured = {  # noise is drawn for every channel; digits are grey
        path: len(set(map(tuple, np.asarray(Image.open(path)).reshape(-1, 3)[:50]))) > 40
        for path in sorted(planted.data.rglob("*.png"))[::9]
    }
    assert any(coloured.values())
    assert {path for path, spoilt in coloured.items() if spoilt} == {
        path for path in coloured if word in path.relative_to(planted.data).parts
    }


def test_the_same_seed_plants_the_same_and_another_something_else(weights: Path, tmp_path: Path) -> None:
    trees = [files(PROBLEMS["mislabelled_class"](tmp_path / str(n), seed).data) for n, seed in enumerate((0, 0, 2))]
    assert trees[0] == trees[1] != trees[2]


def test_a_shortcut_comes_with_weights_and_attributes(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(planting, "_TRAINING", 2)
    monkeypatch.setattr(planting, "_IMAGES", 40)
    planted = PROBLEMS["shortcut_marker"](tmp_path / "data", 0)
    assert planted.attributes is not None and planted.checkpoint.exists()
    lines = planted.attributes.read_text().splitlines()
    assert len(lines) == 41 and "marker" in lines[0] and "size" not in lines[0]
    assert sum(map(len, files(planted.data).values())) == 40
    assert EmbeddedTraining().architecture == planting.ARCHITECTURE
