from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image
from timm.data import create_transform

from benchmarks.preparation import Preparation


def photo(width: int, height: int) -> Image.Image:
    pixels = np.random.default_rng(0).integers(0, 256, (height, width, 3), dtype=np.uint8)
    return Image.fromarray(pixels).resize((width, height), Image.Resampling.BILINEAR)


@pytest.mark.parametrize("mode", ["center", "squash", "border"])
@pytest.mark.parametrize("interpolation", ["bicubic", "bilinear"])
def test_pixels_are_those_of_timm(mode: str, interpolation: str) -> None:
    config: dict[str, Any] = {
        "input_size": (3, 40, 40),
        "interpolation": interpolation,
        "crop_pct": 0.9,
        "crop_mode": mode,
        "mean": (0.25, 0.5, 0.75),
    }
    image = photo(90, 60)
    theirs = create_transform(**config, std=(1.0,) * 3)(image) + torch.tensor(config["mean"]).view(3, 1, 1)
    ours = Preparation.from_timm(config)(image)
    assert ours.dtype == torch.uint8
    torch.testing.assert_close(ours.float() / 255, theirs, atol=1e-5, rtol=0)


def test_an_image_of_the_right_size_is_left_alone() -> None:
    image = photo(32, 32)
    pixels = Preparation(size=(32, 32), crop_fraction=1.0)(image)
    assert np.array_equal(pixels.permute(1, 2, 0).numpy(), np.asarray(image))


def test_stored_corrupted_images_are_only_cropped() -> None:
    image = photo(256, 256)
    pixels = Preparation(size=(224, 224)).crop_only()(image)
    assert np.array_equal(pixels.permute(1, 2, 0).numpy(), np.asarray(image)[16:240, 16:240])


def test_equal_preparations_are_one_key() -> None:
    first, second = Preparation(size=(8, 8)), Preparation(size=(8, 8))
    first(photo(9, 9))
    assert {first: 1}[second] == 1
    assert first.crop_only() != second


def test_it_says_what_it_does() -> None:
    assert str(Preparation(size=(224, 200))) == ("resize (center, bilinear, crop fraction 0.875), centre crop 224x200")
    assert str(Preparation(size=(224, 224)).crop_only()) == "centre crop 224x224, no resize"
