from collections.abc import Callable
from functools import partial

import pytest
import torch
from torch import Tensor
from torchvision.transforms import AutoAugment, AutoAugmentPolicy, RandAugment

from robustness.augmentations.policies import AUTOAUGMENT_OVERLAPS, RANDAUGMENT_OVERLAPS, autoaugment, randaugment
from tests.robustness.augmentations.pillow import photos

OVERLAPS = {"Color": "color", "Contrast": "contrast", "Brightness": "brightness", "Sharpness": "sharpness"}
AUGMENTATIONS: dict[str, Callable[..., Tensor]] = {
    "cifar": partial(autoaugment, policy="cifar"),
    "imagenet": partial(autoaugment, policy="imagenet"),
    "randaugment": randaugment,
}


def seeded(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


@pytest.mark.parametrize("name", AUGMENTATIONS)
def test_draws_come_from_the_generator_and_the_global_one_stays(name: str) -> None:
    augment, images = AUGMENTATIONS[name], photos(12)
    before = torch.get_rng_state()
    first = augment(images, generator=seeded())
    assert torch.equal(torch.get_rng_state(), before)
    torch.rand(3)
    assert torch.equal(first, augment(images, generator=seeded()))
    assert not torch.equal(first, augment(images, generator=seeded(1)))
    assert not torch.equal(first, images)


@pytest.mark.parametrize("name", AUGMENTATIONS)
def test_an_image_depends_on_nothing_but_itself_and_its_draws(name: str) -> None:
    augment, images = AUGMENTATIONS[name], photos(6)
    others = photos(6, seed=9)
    others[5] = images[5]
    assert torch.equal(augment(images, generator=seeded())[5], augment(others, generator=seeded())[5])


@pytest.mark.parametrize("name", AUGMENTATIONS)
def test_floats_are_rounded_to_bytes(name: str) -> None:
    augment, images = AUGMENTATIONS[name], photos(6)
    unit = augment(images / 255, generator=seeded())
    assert unit.dtype == torch.float32
    torch.testing.assert_close(unit, augment(images, generator=seeded()) / 255)


def test_overlaps_are_those_of_the_policies() -> None:
    for name, policy in (("cifar", AutoAugmentPolicy.CIFAR10), ("imagenet", AutoAugmentPolicy.IMAGENET)):
        used = {entry[0] for pair in AutoAugment(policy).policies for entry in pair}
        assert {OVERLAPS[operation] for operation in used if operation in OVERLAPS} == set(AUTOAUGMENT_OVERLAPS[name])
    space = RandAugment()._augmentation_space(31, (32, 32))
    assert {OVERLAPS[operation] for operation in space if operation in OVERLAPS} == set(RANDAUGMENT_OVERLAPS)


def test_settings_out_of_range_are_refused() -> None:
    with pytest.raises(ValueError, match="expected `policy` to be one of cifar, imagenet, got 'svhn'"):
        autoaugment(photos(4), policy="svhn", generator=seeded())
    with pytest.raises(ValueError, match=r"`magnitude` in 0..30, got 2 and 31"):
        randaugment(photos(4), magnitude=31, generator=seeded())
