import pytest
import torch
from torch import Tensor

from robustness.augmentations.erasing import cutout, inside_box
from tests.robustness.augmentations.pillow import photos


def seeded(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def plain_cutout(images: Tensor, side: int, rows: Tensor, columns: Tensor, value: float) -> Tensor:
    """The formula of the published code, image by image; an odd square has its middle at the centre."""
    cut = images.clone()
    for image, row, column in zip(cut, rows.tolist(), columns.tolist(), strict=True):
        top, left = row - side // 2, column - side // 2
        for i in range(max(top, 0), min(top + side, images.shape[2])):
            for j in range(max(left, 0), min(left + side, images.shape[3])):
                image[:, i, j] = value
    return cut


@pytest.mark.parametrize("side", [1, 4, 7, 100])
def test_equal_to_the_plain_formula(side: int) -> None:
    images, generator = photos(16, 12, 20), seeded()
    rows = torch.randint(12, (16,), generator=generator)
    columns = torch.randint(20, (16,), generator=generator)
    expected = plain_cutout(images, side, rows, columns, 128)
    assert torch.equal(cutout(images, side=side, generator=seeded()), expected)
    expected = plain_cutout(images / 255, side, rows, columns, 0.25)
    assert torch.equal(cutout(images / 255, side=side, generator=seeded(), fill=0.25), expected)


def test_centres_are_all_pixels_and_squares_are_clipped_at_the_border() -> None:
    white = torch.ones(4000, 3, 8, 8)
    cut = cutout(white, side=4, generator=seeded(), fill=0.0) == 0
    areas = cut[:, 0].sum((1, 2))
    assert (int(areas.min()), int(areas.max())) == (4, 16)
    # Rows blanked by an even square of side 4 whose centre is c: from c - 2 to c + 1, clipped to 0..7.
    lengths = [min(c + 2, 8) - max(c - 2, 0) for c in range(8)]
    expected = (sum(lengths) / 8) ** 2
    assert abs(float(areas.float().mean()) - expected) < 4 * float(areas.float().std()) / 4000**0.5


def test_the_given_images_stay() -> None:
    images = photos(4)
    kept = images.clone()
    cutout(images, side=9, generator=seeded())
    assert torch.equal(images, kept)


def test_a_square_without_a_side_is_refused() -> None:
    with pytest.raises(ValueError, match="expected cutout `side` of at least 1 pixel, got 0"):
        cutout(photos(4), side=0, generator=seeded())


def test_inside_box() -> None:
    ends = torch.tensor([1]), torch.tensor([2])
    box = inside_box(torch.zeros(1, 3, 4, 5), ends, (torch.tensor([3]), torch.tensor([9])))
    assert box.int()[0, 0].tolist() == [[0] * 5, [0, 0, 1, 1, 1], [0, 0, 1, 1, 1], [0] * 5]
