from pathlib import Path

import pytest
import torch

from benchmarks.concepts.features import cached_features, edited_pictures, file_words, read_pictures
from benchmarks.concepts.layers import open_layer
from benchmarks.engines import running_engines
from benchmarks.plan import Plan
from tests.conftest import MakePlan

CPU = torch.device("cpu")


@pytest.fixture
def plan(make_plan: MakePlan, colour_folder: Path) -> Plan:
    (colour_folder / "red" / "000.png").write_bytes(b"no image")
    return make_plan(colour_folder)


def test_features_are_computed_once_for_weights_data_layer_and_edit(plan: Plan, tmp_path: Path) -> None:
    pictures = read_pictures(plan, 0)
    assert len(pictures.ids) == len(pictures.images) == 29 and pictures.images.dtype == torch.uint8
    seen: list[int] = []
    with running_engines(plan, device=CPU, batch_size=8) as (engine,):
        layer = open_layer(engine.classifier, "head:input", pictures.images[:4].float() / 255)

        def features(folder: str = "a", **changed: object) -> torch.Tensor:
            chosen = {"plan": plan, "position": 0, "layer": layer, "pictures": pictures} | changed
            return cached_features(**chosen, folder=tmp_path / folder, engine=engine, on_images=seen.append)  # type: ignore[arg-type]

        first = features()
        assert torch.allclose(first, layer.features(pictures.images), atol=1e-6) and sum(seen) == 29
        assert not first.is_inference()
        engine.classifier.module.norm.bias.data.add_(1)  # what is on disk is read, as the hash of the plan says so
        assert torch.equal(features(), first)
        edited, strengths = edited_pictures(pictures, "lightness", profile="cifar", seed=0)
        assert edited.images.shape == pictures.images.shape and strengths.shape == (29,)
        brighter = edited.images.float().mean((1, 2, 3)) > pictures.images.float().mean((1, 2, 3))
        assert torch.equal(brighter, strengths > 0.5)
        assert not torch.allclose(features(pictures=edited), first)
        assert sorted(path.name for path in (tmp_path / "a").iterdir()) == [
            "head_input-lightness.safetensors",
            "head_input.safetensors",
        ]
        (tmp_path / "a" / "head_input.safetensors").write_bytes(b"broken")
        assert not torch.allclose(features(), first)


def test_words_of_files_are_letters_and_digits() -> None:
    assert file_words(["layer4.0/../x", "hue"]) == "layer4_0____x-hue"


def test_one_image_is_not_enough(make_plan: MakePlan, colour_folder: Path) -> None:
    for path in sorted(colour_folder.rglob("*.png"))[1:]:
        path.write_bytes(b"no image")
    with pytest.raises(ValueError, match="expected at least two images that can be read in data, got 1"):
        read_pictures(make_plan(colour_folder), 0)
