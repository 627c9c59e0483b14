import pytest
import torch

from robustness.augmentations.framing import horizontal_flip, random_crop
from tests.robustness.augmentations.pillow import photos


def seeded(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


@pytest.mark.parametrize("unit", [False, True], ids=["uint8", "float"])
def test_every_crop_is_one_of_the_shifts_and_all_occur(unit: bool) -> None:
    image = photos(5, 6, 9)[4]
    image = image / 255 if unit else image
    cropped = random_crop(image.expand(300, -1, -1, -1), padding=2, generator=seeded())
    padded = torch.nn.functional.pad(image, (2, 2, 2, 2))
    shifts = {(top, left): padded[:, top : top + 6, left : left + 9] for top in range(5) for left in range(5)}
    found = [[place for place, crop in shifts.items() if torch.equal(crop, one)] for one in cropped]
    assert all(len(places) == 1 for places in found)
    assert len({places[0] for places in found}) == 25
    assert cropped.dtype == image.dtype
    assert cropped.is_contiguous()


def test_without_padding_nothing_moves() -> None:
    assert torch.equal(random_crop(photos(4), padding=0, generator=seeded()), photos(4))
    with pytest.raises(ValueError, match="expected `padding` of at least 0 pixels, got -1"):
        random_crop(photos(4), padding=-1, generator=seeded())


def test_half_of_the_images_are_mirrored() -> None:
    images = photos(5)[4].expand(1000, -1, -1, -1)
    flipped = horizontal_flip(images, generator=seeded())
    mirrored = (flipped == images.flip(3)).flatten(1).all(1)
    kept = (flipped == images).flatten(1).all(1)
    assert bool((mirrored ^ kept).all())
    assert abs(int(mirrored.sum()) - 500) < 4 * 16
