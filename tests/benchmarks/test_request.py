import json
from dataclasses import replace
from pathlib import Path

import pytest
import timm
import torch
from safetensors.torch import save_file

from benchmarks.checkpoints import write_checkpoint
from benchmarks.conditions import Condition
from benchmarks.datasets import open_samples
from benchmarks.request import ModelRequest, Request, model_requests, plan_audit, resolve
from benchmarks.zoo import ZooModel
from tests.conftest import COLOURS, write_images


@pytest.fixture
def checkpoint(tmp_path: Path) -> Path:
    """Nameless weights of a three-class network."""
    save_file(timm.create_model("test_resnet", num_classes=3).state_dict(), tmp_path / "w.safetensors")
    return tmp_path / "w.safetensors"


def request(folder: Path, checkpoint: Path, **options: object) -> Request:
    models = (ModelRequest(name="test_resnet", checkpoint=checkpoint),)
    return Request(models=models, data=str(folder), **options)  # type: ignore[arg-type]


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
        ({"profile": "huge"}, "expected --profile among imagenet, tiny, cifar, got 'huge'"),
    ],
)
def test_mistakes_name_the_option(
    colour_folder: Path, checkpoint: Path, options: dict[str, object], message: str
) -> None:
    with pytest.raises((ValueError, FileNotFoundError), match=message):
        resolve(request(colour_folder, checkpoint, **({"class_names": "folders"} | options)))


@pytest.mark.parametrize("half", [Request(models=(ModelRequest(name="test_resnet"),)), Request(data="somewhere")])
def test_model_and_data_come_together(half: Request) -> None:
    with pytest.raises(ValueError, match="expected both --model and --data, or neither"):
        resolve(half)


def test_models_and_checkpoints_are_paired_in_order() -> None:
    assert model_requests(["a", "b"], []) == (ModelRequest(name="a"), ModelRequest(name="b"))
    paths = [Path("1.pth"), Path("2.pth")]
    assert [one.checkpoint for one in model_requests(["a", "a"], paths)] == paths
    for names in (["a"], ["a", "b", "c"], []):
        with pytest.raises(ValueError, match=rf"one --checkpoint for each --model.* got {len(names)} of --model and 2"):
            model_requests(names, paths)


@pytest.mark.parametrize(
    ("files", "names"),
    [
        (["first.safetensors", "second.safetensors"], ["test_resnet (first)", "test_resnet (second)"]),
        (["a/best.safetensors", "b/best.safetensors"], ["test_resnet (a/best)", "test_resnet (b/best)"]),
        (["w.pth", "w.pt"], ["test_resnet (w.pth)", "test_resnet (w.pt)"]),
        (["alone.safetensors"], ["test_resnet"]),
    ],
)
def test_models_of_one_name_are_told_apart_by_their_weights(
    colour_folder: Path, tmp_path: Path, files: list[str], names: list[str]
) -> None:
    for file in files:
        (tmp_path / file).parent.mkdir(exist_ok=True)
        module = timm.create_model("test_resnet", num_classes=3)
        if file.endswith(".safetensors"):
            save_file(module.state_dict(), tmp_path / file)
        else:
            torch.save(module.state_dict(), tmp_path / file)
    models = model_requests(["test_resnet"] * len(files), [tmp_path / file for file in files])
    resolved = resolve(Request(models=models, data=str(colour_folder), class_names="folders"))
    assert [model.name for model in resolved.plan.models] == names
    assert len(resolved.plan.label_indices) == len(files)
    assert resolved.label_match == "3 of 3 data classes match the model's class names"


def test_a_model_twice_is_refused_before_anything_is_read(checkpoint: Path) -> None:
    for models in (model_requests(["resnet18"] * 2, []), model_requests(["test_resnet"] * 2, [checkpoint] * 2)):
        with pytest.raises(ValueError, match="expected different models, got .*net.* more than once"):
            resolve(Request(models=models, data="no/such/folder"))


def test_each_model_matches_the_labels_by_its_own_names(colour_folder: Path, tmp_path: Path) -> None:
    files = []
    for number, names in enumerate((("green", "red", "blue"), ("blue", "grey", "red", "green"))):
        files.append(tmp_path / f"{number}.safetensors")
        write_checkpoint(timm.create_model("test_resnet", num_classes=len(names)), files[-1], class_names=names)
    models = model_requests(["test_resnet"] * 2, files)
    resolved = resolve(Request(models=models, data=str(colour_folder)))
    assert resolved.plan.label_indices == ({"blue": 2, "green": 0, "red": 1}, {"blue": 0, "green": 3, "red": 2})
    assert (
        resolved.label_match.startswith("test_resnet (0): 3 of 3 ") and "; test_resnet (1): 3" in resolved.label_match
    )


def test_models_of_very_different_sizes_need_a_profile(colour_folder: Path, colour_model: ZooModel) -> None:
    samples = open_samples(colour_folder)
    larger = replace(colour_model, name="larger", preparation=replace(colour_model.preparation, size=(224, 224)))
    with pytest.raises(ValueError, match="got cifar for colour, imagenet for larger; choose one with --profile"):
        plan_audit(Request(), [colour_model, larger], samples)
    assert plan_audit(Request(profile="tiny"), [colour_model, larger], samples).plan.profile == "tiny"


def test_the_round_trip_is_for_images_corrupted_here(colour_folder: Path, colour_model: ZooModel) -> None:
    samples = open_samples(colour_folder)
    wanted = Request(jpeg_roundtrip=True)
    assert plan_audit(wanted, [colour_model], samples).plan.jpeg_roundtrip
    stored = replace(samples, conditions=(Condition(kind="published", name="fog", severity=1),))
    with pytest.raises(ValueError, match="expected --jpeg-roundtrip with images that are corrupted here, got data"):
        plan_audit(wanted, [colour_model], stored)


def test_what_cannot_be_made_is_missing_only_if_everything_was_wanted(
    colour_folder: Path, colour_model: ZooModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("benchmarks.presets.frost_available", lambda: False)
    samples = open_samples(colour_folder)

    def missing(preset: str, *corruptions: str) -> list[str]:
        return list(plan_audit(Request(preset=preset, corruptions=corruptions), [colour_model], samples).missing)

    assert missing("full") == missing("quick", "all") == ["frost"]
    assert missing("quick") == missing("full", "fog") == []


def test_neither_is_the_embedded_default() -> None:
    assert Request().embedded
    assert not Request(data="x").embedded
