import json
from pathlib import Path

import pytest
import timm
from safetensors.torch import save_file

from benchmarks.checkpoints import write_checkpoint
from benchmarks.request import Request, resolve
from tests.conftest import COLOURS, write_images


@pytest.fixture
def checkpoint(tmp_path: Path) -> Path:
    """Nameless weights of a three-class network."""
    save_file(timm.create_model("test_resnet", num_classes=3).state_dict(), tmp_path / "w.safetensors")
    return tmp_path / "w.safetensors"


def request(folder: Path, checkpoint: Path, **options: object) -> Request:
    return Request(model="test_resnet", data=str(folder), checkpoint=checkpoint, **options)  # type: ignore[arg-type]


def test_sorted_folders_as_names_must_be_said(colour_folder: Path, checkpoint: Path) -> None:
    with pytest.raises(ValueError, match="--class-names folders"):
        resolve(request(colour_folder, checkpoint))
    resolved = resolve(request(colour_folder, checkpoint, class_names="folders"))
    assert resolved.plan.label_indices == ({"blue": 0, "green": 1, "red": 2},)
    assert resolved.label_match.startswith("3 of 3")


def test_names_from_a_file_decide_not_folder_order(colour_folder: Path, checkpoint: Path, tmp_path: Path) -> None:
    (tmp_path / "names.txt").write_text("red\ngreen\nblue\n")
    resolved = resolve(request(colour_folder, checkpoint, class_names=str(tmp_path / "names.txt")))
    assert resolved.plan.label_indices == ({"blue": 2, "green": 1, "red": 0},)


def test_names_with_the_weights_need_no_option(colour_folder: Path, tmp_path: Path) -> None:
    module = timm.create_model("test_resnet", num_classes=3)
    write_checkpoint(module, tmp_path / "named.safetensors", class_names=("green", "red", "blue"))
    resolved = resolve(request(colour_folder, tmp_path / "named.safetensors"))
    assert resolved.plan.label_indices == ({"blue": 2, "green": 0, "red": 1},)


def test_a_class_map_translates(colour_folder: Path, tmp_path: Path) -> None:
    module = timm.create_model("test_resnet", num_classes=3)
    write_checkpoint(module, tmp_path / "named.safetensors", class_names=("verde", "rosso", "blu"))
    with pytest.raises(ValueError, match="--class-map"):
        resolve(request(colour_folder, tmp_path / "named.safetensors"))
    (tmp_path / "map.json").write_text(json.dumps({"blue": "blu", "green": "verde", "red": "rosso"}))
    resolved = resolve(request(colour_folder, tmp_path / "named.safetensors", class_map=str(tmp_path / "map.json")))
    assert resolved.plan.label_indices == ({"blue": 2, "green": 0, "red": 1},)


def test_numeric_folders_may_be_indices_of_a_thousand_classes(tmp_path: Path) -> None:
    save_file(timm.create_model("test_resnet", num_classes=1000).state_dict(), tmp_path / "w.safetensors")
    for folder, colour in zip(("0", "999", "12"), COLOURS, strict=True):
        write_images(tmp_path / "data", colour, 2)
        (tmp_path / "data" / colour).rename(tmp_path / "data" / folder)
    with pytest.raises(ValueError, match="--class-map index"):
        resolve(request(tmp_path / "data", tmp_path / "w.safetensors"))
    resolved = resolve(request(tmp_path / "data", tmp_path / "w.safetensors", class_map="index"))
    assert resolved.plan.label_indices == ({"0": 0, "12": 12, "999": 999},)


def test_presets_and_numbers_limit_the_images(colour_folder: Path, checkpoint: Path) -> None:
    resolved = resolve(request(colour_folder, checkpoint, class_names="folders", images=9, preset="quick"))
    names = [sample.class_name for sample in resolved.plan.samples.entries]
    assert sorted(names) == ["blue"] * 3 + ["green"] * 3 + ["red"] * 3
    assert len(resolved.plan.conditions) == 11


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"preset": "huge"}, "expected --preset among quick, standard, full, got 'huge'"),
        ({"class_names": "no-such-file"}, "expected --class-names as a file or the word `folders`"),
        ({"corruptions": ("rain",)}, "expected --corruptions among"),
    ],
)
def test_mistakes_name_the_option(
    colour_folder: Path, checkpoint: Path, options: dict[str, object], message: str
) -> None:
    with pytest.raises((ValueError, FileNotFoundError), match=message):
        resolve(request(colour_folder, checkpoint, **({"class_names": "folders"} | options)))


@pytest.mark.parametrize("half", [{"model": "test_resnet"}, {"data": "somewhere"}])
def test_model_and_data_come_together(half: dict[str, str]) -> None:
    with pytest.raises(ValueError, match="expected both --model and --data, or neither"):
        resolve(Request(**half))  # type: ignore[arg-type]


def test_neither_is_the_embedded_default() -> None:
    assert Request().embedded
    assert not Request(data="x").embedded
