import json
from pathlib import Path

import pytest
import timm
import torch
from safetensors.torch import save_file

from benchmarks.checkpoints import hash_weights, write_checkpoint
from benchmarks.networks import create_network
from benchmarks.zoo import ZooModel, load_model

NAMES = ("cat", "dog", "emu")


@pytest.fixture
def checkpoint(tmp_path: Path) -> Path:
    torch.manual_seed(0)
    module = timm.create_model("test_vit", num_classes=3)
    write_checkpoint(module, tmp_path / "mine.safetensors", class_names=NAMES)
    return tmp_path / "mine.safetensors"


def test_a_checkpoint_brings_its_classes_and_timm_its_transform(checkpoint: Path) -> None:
    model = load_model("test_vit", checkpoint=checkpoint)
    assert model.classifier.class_names == NAMES
    config = timm.data.resolve_model_data_config(model.classifier.module)
    assert model.preparation.size == config["input_size"][1:]
    assert model.classifier.mean.flatten().tolist() == pytest.approx(config["mean"])
    assert model.weights_sha256 == hash_weights(model.classifier.module)
    assert json.loads(json.dumps(model.describe()))["classes"] == 3


def test_a_checkpoint_may_bring_its_own_transform(tmp_path: Path) -> None:
    module = timm.create_model("test_vit", num_classes=3)
    config = json.dumps({"input_size": [3, 96, 96], "crop_pct": 1.0})
    write_checkpoint(module, tmp_path / "w.safetensors", class_names=NAMES, data_config=config)
    assert load_model("test_vit", checkpoint=tmp_path / "w.safetensors").preparation.size == (96, 96)


def test_logits_are_those_of_the_plain_model(checkpoint: Path) -> None:
    model = load_model("test_vit", checkpoint=checkpoint)
    module = model.classifier.module.eval()
    images = torch.rand(2, 3, *model.preparation.size)
    normalised = (images - model.classifier.mean) / model.classifier.std
    torch.testing.assert_close(model.classifier(images), module(normalised))


def two_class_checkpoint(folder: Path) -> Path:
    save_file(timm.create_model("test_convnext", num_classes=2).state_dict(), folder / "w.safetensors")
    return folder / "w.safetensors"


def test_nameless_weights_ask_for_names(tmp_path: Path) -> None:
    path = two_class_checkpoint(tmp_path)
    with pytest.raises(ValueError, match="expected class names for the 2 logits.*--class-names FILE"):
        load_model("test_convnext", checkpoint=path)
    assert load_model("test_convnext", checkpoint=path, class_names=["no", "yes"]).classifier.class_names == (
        "no",
        "yes",
    )
    with pytest.raises(ValueError, match="expected 2 class names, one a logit, got 3"):
        load_model("test_convnext", checkpoint=path, class_names=["a", "b", "c"])


def thousand_classes(folder: Path) -> ZooModel:
    save_file(timm.create_model("test_resnet", num_classes=1000).state_dict(), folder / "w.safetensors")
    return load_model("test_resnet", checkpoint=folder / "w.safetensors")


def test_a_thousand_logits_of_a_timm_model_are_imagenet(tmp_path: Path) -> None:
    model = thousand_classes(tmp_path)
    assert model.classifier.class_names[0] == "n01440764"
    assert model.aliases["tench"] == "n01440764"
    assert model.titles["n01440764"] == "tench"
    assert "crane" not in model.aliases, "two classes of ImageNet are cranes"


def test_unknown_names_get_near_ones() -> None:
    with pytest.raises(ValueError, match="expected a timm model name, got 'resnet5O'; close names: .*resnet50"):
        load_model("resnet5O")


def test_without_network_the_checkpoint_option_is_named() -> None:
    with pytest.raises(ValueError, match="expected to load the published weights of test_resnet.*--checkpoint FILE"):
        load_model("test_resnet")


def test_a_model_without_published_weights_says_so() -> None:
    with pytest.raises(ValueError, match="--checkpoint FILE"):
        load_model("resnet200")


def test_weights_of_another_model_are_refused(checkpoint: Path) -> None:
    with pytest.raises(ValueError, match="expected (the weights|the head `fc`) of a test_resnet"):
        load_model("test_resnet", checkpoint=checkpoint)
    with pytest.raises(ValueError, match="expected the weights of a test_vit2 .* got other ones"):
        load_model("test_vit2", checkpoint=checkpoint)


def test_networks_of_our_own_load_from_their_weights_alone(tmp_path: Path) -> None:
    path = tmp_path / "w.safetensors"
    for name in ("wrn_40_2", "cifar_test_resnet"):
        write_checkpoint(create_network(name, 3), path, class_names=("a", "b", "c"))
        assert len(load_model(name, checkpoint=path).classifier.class_names) == 3
        with pytest.raises(ValueError, match=f"expected weights of {name}, which has no published ones"):
            load_model(name)
    assert load_model(name, checkpoint=path).classifier.module.conv1[0].stride == (1, 1)
