from dataclasses import replace
from pathlib import Path

import pytest
import torch

from benchmarks.training import TrainedModel, TrainingData, TrainingSetting, in_memory, parse_recipe, train
from benchmarks.training.objective import Augmentation
from benchmarks.training.target import Beside, TargetImages
from robustness.target_statistics import TargetStatistics
from tests.benchmarks.training.conftest import coloured

CPU = torch.device("cpu")


def with_padain(setting: TrainingSetting, recipe: str = "padain:0.5") -> TrainingSetting:
    return replace(setting, recipe=parse_recipe(recipe))


def run(setting: TrainingSetting, data: TrainingData, folder: Path, target: TrainingData | None) -> TrainedModel:
    return train(setting, data, folder, device=CPU, target=target)


def test_labels_of_the_target_change_nothing_and_its_images_do(
    setting: TrainingSetting, data: TrainingData, tmp_path: Path
) -> None:
    setting, target = with_padain(setting), coloured(30)
    relabelled = replace(target, labels=target.labels.flip(0))
    hashes = [
        run(setting, data, tmp_path / name, one).model.weights_sha256
        for name, one in (("with", target), ("relabelled", relabelled), ("without", None))
    ]
    assert hashes[0] == hashes[1] != hashes[2]


def test_a_finished_training_beside_a_target_is_plain(
    setting: TrainingSetting, data: TrainingData, tmp_path: Path
) -> None:
    trained = run(with_padain(setting, "augmix+padain:0.5"), data, tmp_path / "run", coloured(30))
    assert not any(isinstance(module, TargetStatistics) for module in trained.model.classifier.modules())
    with pytest.raises(ValueError, match="to hold this very training"):
        run(with_padain(setting, "augmix+padain:0.5"), data, tmp_path / "run", None)


def test_drawn_images_follow_from_the_generator_and_lie_in_the_pixel_range(
    setting: TrainingSetting, data: TrainingData
) -> None:
    images = TargetImages(data=data, augmentation=Augmentation(recipe=setting.recipe, padding=2, flip=True), seed=0)
    first, again, other = (images.draw(50, CPU, torch.Generator().manual_seed(seed)) for seed in (1, 1, 2))
    assert torch.equal(first, again) and not torch.equal(first, other)
    assert first.shape[0] == 50 and first.min() >= 0 and first.max() <= 1


def test_the_loss_sees_the_labelled_images_alone() -> None:
    seen = []

    def network(pixels: torch.Tensor) -> torch.Tensor:
        seen.append(pixels)
        return pixels.mean((2, 3))

    pixels, target = torch.rand(6, 3, 4, 4), torch.rand(2, 3, 4, 4)
    torch.testing.assert_close(Beside(network=network, images=target)(pixels), pixels.mean((2, 3)))
    assert torch.equal(seen[0], torch.cat((pixels, target, target, target)))


@pytest.mark.parametrize("recipe", ["baseline", "adversarial+padain"])
def test_recipes_that_cannot_use_a_target_are_refused(
    recipe: str, setting: TrainingSetting, data: TrainingData, tmp_path: Path
) -> None:
    with pytest.raises(ValueError, match="expected a recipe with padain and without adversarial"):
        run(with_padain(setting, recipe), data, tmp_path / "run", coloured(30))


def test_a_target_of_another_size_or_without_images_is_refused(
    setting: TrainingSetting, data: TrainingData, tmp_path: Path
) -> None:
    empty = in_memory(torch.zeros(0, 3, 20, 20, dtype=torch.uint8), torch.zeros(0), ("a", "b"), "nothing")
    for target in (coloured(10, side=64), empty):
        with pytest.raises(ValueError, match="target images of the size of the labelled ones"):
            run(with_padain(setting), data, tmp_path / "run", target)
