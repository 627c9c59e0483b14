import pytest
import torch

from robustness.augmentations.operations import OPERATIONS
from tests.robustness.augmentations.pillow import by_pillow, photos

GEOMETRY = ("rotate", "shear_x", "shear_y", "translate_x", "translate_y")


@pytest.mark.parametrize("size", [(32, 32), (24, 41), (64, 48), (7, 5), (1, 1)], ids=str)
@pytest.mark.parametrize("name", GEOMETRY)
def test_within_one_level_of_pillow(name: str, size: tuple[int, int]) -> None:
    images = photos(24, *size)
    levels = 20 * torch.rand(24, generator=torch.Generator().manual_seed(2)) - 10
    levels[:4] = torch.tensor([0.1, 10.0, -10.0, 3.0])
    difference = (OPERATIONS[name](images, levels).int() - by_pillow(name, images, levels).int()).abs()
    assert (difference <= 1).float().mean() >= 0.999
    assert (difference == 0).float().mean() >= (0.99 if name in {"rotate", "shear_x", "shear_y"} else 1.0)


@pytest.mark.parametrize("name", GEOMETRY)
def test_a_level_near_zero_leaves_the_image(name: str) -> None:
    images = photos(6)
    assert torch.equal(OPERATIONS[name](images, torch.full((6,), 1e-9)), images)


@pytest.mark.parametrize("name", GEOMETRY)
def test_what_enters_is_black_and_the_sign_is_the_direction(name: str) -> None:
    white = torch.full((1, 3, 32, 32), 255, dtype=torch.uint8)
    there, back = (OPERATIONS[name](white, torch.tensor([level])) for level in (6.0, -6.0))
    assert set(there.unique().tolist()) == {0, 255}
    flipped = back.flip(3) if name in {"rotate", "translate_x", "shear_x"} else back.flip(2)
    assert (there == flipped).float().mean() > 0.97


@pytest.mark.parametrize("name", ["translate_x", "translate_y"])
def test_translations_scale_with_their_side(name: str) -> None:
    images = torch.full((1, 3, 60, 30), 9, dtype=torch.uint8)
    moved = OPERATIONS[name](images, torch.tensor([3.5]))
    black = (moved[0, 0] == 0).all(0 if name == "translate_x" else 1).sum()
    assert int(black) == (3 if name == "translate_x" else 7)
