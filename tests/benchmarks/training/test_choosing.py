from pathlib import Path

import pytest

from benchmarks.datasets import digits, open_samples
from benchmarks.training import DIGITS_SETTING, RECIPES, TrainingSetting, choose_preparation, choose_setting


def test_small_images_keep_their_size_and_large_ones_are_resized(colour_folder: Path) -> None:
    assert choose_preparation(digits()).size == (32, 32)
    assert choose_preparation(digits()).crop_fraction == 1
    folder = open_samples(colour_folder)
    assert choose_preparation(folder).size == (20, 20)
    assert choose_preparation(folder, 128).size == (128, 128)
    assert choose_preparation(folder, 128).crop_fraction == 0.875


def test_nothing_to_look_at_is_an_error(colour_folder: Path) -> None:
    for path in colour_folder.rglob("*.png"):
        path.write_bytes(b"")
    with pytest.raises(ValueError, match="got none among the first hundred"):
        choose_preparation(open_samples(colour_folder))


def test_the_users_choices_replace_the_usual_ones(colour_folder: Path) -> None:
    setting = choose_setting(digits(), RECIPES["padain"], epochs=3, flip=None)
    assert (setting.epochs, setting.flip, setting.recipe) == (3, False, RECIPES["padain"])
    assert setting.architecture == DIGITS_SETTING.architecture
    assert choose_setting(open_samples(colour_folder), RECIPES["baseline"]) == TrainingSetting()
