import json
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from benchmarks.checkpoints import hash_weights
from benchmarks.datasets import open_samples
from benchmarks.preparation import Preparation
from benchmarks.training import (
    DivergedError,
    TrainedModel,
    TrainingData,
    TrainingSetting,
    parse_recipe,
    split,
    train,
    training_data,
)
from benchmarks.training.fitting import Fit
from benchmarks.zoo import load_model
from robustness.padain import PermutedAdaIN
from tests.benchmarks.training.conftest import CLASSES, coloured

CPU = torch.device("cpu")


class KilledError(Exception):
    """Stands for a kill in the middle of an epoch."""


def run(setting: TrainingSetting, data: TrainingData, folder: Path, *, kill_at: int | None = None) -> TrainedModel:
    seen = 0

    def on_images(count: int) -> None:
        nonlocal seen
        seen += count
        if kill_at is not None and seen >= kill_at:
            raise KilledError

    return train(setting, data, folder, device=CPU, on_images=on_images)


@pytest.mark.parametrize(
    ("recipe", "changes"),
    [("augmix+padain:0.3", {"ema": 0.9}), ("cutmix", {"optimizer": "adamw", "learning_rate": 1e-3, "keep": "best"})],
)
def test_a_killed_training_goes_on_to_the_same_bits(
    recipe: str, changes: dict[str, object], setting: TrainingSetting, data: TrainingData, tmp_path: Path
) -> None:
    setting = replace(setting, recipe=parse_recipe(recipe), **changes)  # type: ignore[arg-type]
    straight = run(setting, data, tmp_path / "straight")
    for kill_at in (50, 80):  # in the second epoch, then in the third
        torch.manual_seed(kill_at)  # whatever the process did before
        with pytest.raises(KilledError):
            run(setting, data, tmp_path / "killed", kill_at=kill_at)
    resumed = run(setting, data, tmp_path / "killed")
    assert resumed.model.weights_sha256 == straight.model.weights_sha256
    same = ["epoch", "loss", "learning_rate", "train_accuracy", "validation_accuracy", "images"]
    assert resumed.log[same].equals(straight.log[same])


def test_a_finished_training_returns_at_once(setting: TrainingSetting, data: TrainingData, tmp_path: Path) -> None:
    first = run(setting, data, tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["log.csv", "run.json", "weights.safetensors"]
    again = run(setting, data, tmp_path, kill_at=1)
    assert again.model.weights_sha256 == first.model.weights_sha256
    assert (again.steps, again.seconds, again.images_per_second) == (9, first.seconds, first.images_per_second)
    assert again.validation == first.validation and first.validation is not None
    assert first.validation.value == first.log["validation_accuracy"].iloc[-1] and first.validation.n == 9


def test_the_model_is_plain_and_loads_like_any_checkpoint(
    setting: TrainingSetting, data: TrainingData, tmp_path: Path
) -> None:
    setting = replace(setting, recipe=parse_recipe("padain:0.5"), architecture="cifar_test_resnet", epochs=1)
    trained = run(setting, data, tmp_path)
    assert trained.model.name == "cifar_test_resnet-padain:0.5-seed0"
    assert not any(isinstance(module, PermutedAdaIN) for module in trained.model.classifier.modules())
    loaded = load_model("cifar_test_resnet", checkpoint=trained.weights)
    assert loaded.weights_sha256 == trained.model.weights_sha256 == hash_weights(trained.model.classifier.module)
    assert loaded.classifier.class_names == CLASSES
    assert loaded.preparation == data.preparation
    notes = json.loads((tmp_path / "run.json").read_text())
    assert notes["setting"]["recipe"] == "padain:0.5" and notes["data"]["training_images"] == 37


def test_networks_for_one_size_are_built_for_the_data(setting: TrainingSetting, tmp_path: Path) -> None:
    trained = run(replace(setting, architecture="test_vit", epochs=1), coloured(40, side=32), tmp_path)
    images = coloured(4, side=32).source.fetch(range(4))
    assert trained.model.classifier(images).shape == (4, 3)


def test_it_learns_and_leaves_the_callers_randomness_alone(setting: TrainingSetting, tmp_path: Path) -> None:
    torch.manual_seed(7)
    expected = torch.rand(3)
    torch.manual_seed(7)
    held_out = coloured(60, seed=1)
    trained = train(replace(setting, epochs=6), coloured(120), tmp_path, device=CPU, validation=held_out)
    assert torch.equal(torch.rand(3), expected)
    assert trained.log["images"].tolist() == [120] * 6, "images given for validation are taken from no one"
    assert trained.log["validation_accuracy"].iloc[-1] > 0.9
    with torch.inference_mode():
        right = trained.model.classifier.eval()(held_out.source.fetch(range(60))).argmax(1) == held_out.labels
    assert right.double().mean() == pytest.approx(trained.log["validation_accuracy"].iloc[-1])


def test_another_training_is_never_written_into_a_folder(
    setting: TrainingSetting, data: TrainingData, tmp_path: Path
) -> None:
    run(replace(setting, epochs=1), data, tmp_path / "a")
    with pytest.raises(ValueError, match="expected .* to hold this very training"):
        run(replace(setting, epochs=1, seed=1), data, tmp_path / "a")
    with pytest.raises(ValueError, match="expected .* to hold this very training"):
        run(replace(setting, epochs=1), coloured(46, seed=1), tmp_path / "a")
    (tmp_path / "b").mkdir()
    (tmp_path / "b" / "thesis.txt").write_text("mine")
    with pytest.raises(ValueError, match="an empty or new folder"):
        run(setting, data, tmp_path / "b")


def test_divergence_keeps_the_last_good_weights(
    setting: TrainingSetting, data: TrainingData, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rates = Fit._rate
    monkeypatch.setattr(Fit, "_rate", lambda fit, step: float("inf") if step >= 4 else rates(fit, step))
    with pytest.raises(DivergedError, match=r"finite loss, got NaN in epoch 2 .* after epoch 1 are in .*last_good"):
        run(setting, data, tmp_path / "diverged")
    monkeypatch.setattr(Fit, "_rate", rates)
    good = load_model("test_resnet", checkpoint=tmp_path / "diverged" / "last_good.safetensors")
    fit_once = run(setting, data, tmp_path / "diverged")  # the state is still there, and goes on
    assert fit_once.log["epoch"].tolist() == [1, 2, 3]
    assert all(bool(value.isfinite().all()) for value in good.classifier.state_dict().values())


def test_data_that_cannot_be_trained_on_are_refused(
    setting: TrainingSetting, data: TrainingData, tmp_path: Path
) -> None:
    one_class = data.select((data.labels == 1).nonzero().flatten())
    with pytest.raises(ValueError, match="at least two classes, got .* of 1"):
        run(setting, one_class, tmp_path)
    other_names = replace(coloured(9), class_names=("a", "b", "c"))
    with pytest.raises(ValueError, match="class names of the training images"):
        train(setting, split(data, 0.1, seed=0)[0], tmp_path, device=CPU, validation=other_names)


def test_large_images_are_decoded_batch_by_batch(setting: TrainingSetting, colour_folder: Path, tmp_path: Path) -> None:
    images = training_data(open_samples(colour_folder), Preparation(size=(100, 100), crop_fraction=0.875))
    setting = replace(setting, epochs=2, batch_size=8)
    straight = run(setting, images, tmp_path / "straight")
    with pytest.raises(KilledError):
        run(setting, images, tmp_path / "killed", kill_at=40)
    resumed = run(setting, images, tmp_path / "killed")
    assert straight.log["images"].tolist() == [24, 24]
    assert resumed.model.weights_sha256 == straight.model.weights_sha256
    assert straight.model.preparation == images.preparation
