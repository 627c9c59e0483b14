import pytest
import torch
from torch import Tensor

from robustness.augmentations.operations import OPERATIONS
from tests.robustness.augmentations.pillow import by_pillow, photos

TONES = ("autocontrast", "equalize", "posterize", "solarize", "color", "contrast", "brightness", "sharpness")


def some_levels(count: int) -> Tensor:
    levels = 0.1 + 9.9 * torch.rand(count, generator=torch.Generator().manual_seed(1))
    levels[:3] = torch.tensor([0.1, 10.0, -10.0])
    return levels * torch.where(torch.arange(count) % 2 == 0, 1, -1)


@pytest.mark.parametrize("size", [(32, 32), (24, 41), (7, 5), (2, 2), (1, 1)], ids=str)
@pytest.mark.parametrize("name", TONES)
def test_equal_to_pillow_bit_by_bit(name: str, size: tuple[int, int]) -> None:
    images, levels = photos(24, *size), some_levels(24)
    kept = images.clone()
    assert torch.equal(OPERATIONS[name](images, levels), by_pillow(name, images, levels))
    assert torch.equal(images, kept)


@pytest.mark.parametrize("name", TONES)
def test_the_sign_of_a_level_does_not_matter(name: str) -> None:
    images, levels = photos(8), some_levels(8)
    assert torch.equal(OPERATIONS[name](images, levels), OPERATIONS[name](images, -levels))


@pytest.mark.parametrize("name", TONES)
def test_no_image_at_all(name: str) -> None:
    assert OPERATIONS[name](photos(1)[:0], torch.zeros(0)).shape == (0, 3, 32, 32)
