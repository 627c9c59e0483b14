"""What a training takes where the user said nothing: by the data."""

from dataclasses import replace
from typing import Any

from benchmarks.conditions import CLEAN
from benchmarks.datasets import Samples
from benchmarks.preparation import Preparation
from benchmarks.training.recipes import Recipe
from benchmarks.training.setting import DIGITS_SETTING, TrainingSetting

__all__ = ["choose_preparation", "choose_setting"]

_LARGEST_NATIVE = 96
_USUAL = 224
_CROP = 0.875  # of the resized image, for evaluation at 224 pixels


def choose_preparation(samples: Samples, side: int | None = None) -> Preparation:
    """The size to train at: that of the first readable image if it has up to 96 pixels, else 224.

    Args:
        samples: the images.
        side: the user's choice.

    Raises:
        ValueError: none of the first hundred images can be read.
    """
    if side is None:
        images = (samples.decode(one, CLEAN).image for one in samples.entries[:100])
        first = next((image for image in images if image is not None), None)
        if first is None:
            raise ValueError(f"expected images that can be read in {samples.name}, got none among the first hundred")
        side = min(first.size) if min(first.size) <= _LARGEST_NATIVE else _USUAL
    fraction = 1.0 if side <= _LARGEST_NATIVE else _CROP
    return Preparation(size=(side, side), crop_fraction=fraction)


def choose_setting(samples: Samples, recipe: Recipe, **wanted: Any) -> TrainingSetting:
    """The setting for some data: small and quick for the embedded digits, that of the AugMix paper for others.

    Args:
        samples: the data.
        recipe: how to train.
        wanted: fields of :class:`TrainingSetting` that the user chose; None leaves a default.
    """
    usual = DIGITS_SETTING if samples.name == "digits" else TrainingSetting()
    return replace(usual, recipe=recipe, **{name: value for name, value in wanted.items() if value is not None})
