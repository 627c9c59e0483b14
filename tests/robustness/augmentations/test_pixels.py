import pytest
import torch

from robustness.augmentations.pixels import check_images, choose, draw, to_levels, to_unit

CPU = torch.device("cpu")


def seeded() -> torch.Generator:
    return torch.Generator().manual_seed(0)


def test_levels_and_unit_are_inverse() -> None:
    levels = torch.arange(256, dtype=torch.uint8).view(1, 1, 16, 16).repeat(1, 3, 1, 1)
    assert torch.equal(to_levels(to_unit(levels)), levels)
    assert to_levels(levels) is levels
    assert torch.equal(to_levels(torch.tensor([-0.1, 0.5, 1.2])), torch.tensor([0, 128, 255], dtype=torch.uint8))


def test_draws_repeat_and_stay_in_range() -> None:
    numbers = draw(seeded(), CPU, 1000)
    assert torch.equal(numbers, draw(seeded(), CPU, 1000))
    assert 0 <= numbers.min() < 0.01
    assert 0.99 < numbers.max() < 1
    assert choose(seeded(), CPU, 3, 100).unique().tolist() == [0, 1, 2]
    assert torch.equal(choose(seeded(), CPU, 9, 4, 5), choose(seeded(), CPU, 9, 4, 5))


@pytest.mark.parametrize("images", [torch.zeros(3, 4, 4), torch.zeros(2, 1, 4, 4), torch.zeros(2, 3, 4, 4).long()])
def test_what_is_no_batch_of_images_is_refused(images: torch.Tensor) -> None:
    with pytest.raises(ValueError, match=r"expected `images` of shape \(N, 3, H, W\)"):
        check_images(images)
