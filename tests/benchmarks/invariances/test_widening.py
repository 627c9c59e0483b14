import colorsys

import pytest
import torch
from torchvision.transforms.v2.functional import adjust_hue

from benchmarks.invariances.widening import EDITS, check_edits, edited


def generator():
    return torch.Generator().manual_seed(0)


def test_hues_turn_and_all_else_stays():
    pixels = torch.zeros(40, 3, 4, 4, dtype=torch.uint8)
    pixels[:, 0] = 200
    turned = EDITS["hue"](pixels, generator())
    assert turned.dtype == torch.uint8 and (turned.amax(1) == 200).all()
    hues = [colorsys.rgb_to_hsv(*(image[:, 0, 0].float() / 255).tolist())[0] for image in turned]
    assert max(hues) - min(hues) > 0.8 and all((image == image[:, :1, :1]).all() for image in turned)


def test_hues_turn_as_torchvision_turns_them():
    pixels = torch.randint(256, (20, 3, 8, 8), dtype=torch.uint8, generator=generator())
    pixels[0] = 77  # grey has no hue
    turns = torch.rand(20, generator=generator())
    expected = [adjust_hue(image, turn - (turn > 0.5)) for image, turn in zip(pixels, turns.tolist(), strict=True)]
    assert (EDITS["hue"](pixels, generator()).int() - torch.stack(expected).int()).abs().max() <= 1


def test_images_move_by_a_sixteenth_at_most_and_mirrors_are_mirrors():
    pixels = torch.zeros(30, 3, 32, 32, dtype=torch.uint8)
    pixels[:, :, 16, 16] = 255
    places = (EDITS["move"](pixels, generator())[:, 0] == 255).nonzero()[:, 1:]
    assert len(places) == 30 and (places - 16).abs().max() == 2
    images = torch.randint(256, (30, 3, 4, 4), dtype=torch.uint8, generator=generator())
    turned = EDITS["mirror"](images, generator())
    same = [torch.equal(*pair) for pair in zip(turned, images, strict=True)]
    other = [torch.equal(*pair) for pair in zip(turned, images.flip(3), strict=True)]
    assert 5 < sum(same) < 25 and sum(same) + sum(other) == 30


def test_edits_follow_each_other_and_mistakes_are_said():
    images = torch.randint(256, (3, 3, 16, 16), dtype=torch.uint8, generator=generator())
    assert torch.equal(edited(images, (), generator()), images)
    first, second = (edited(images, ("hue", "move"), generator()) for _ in range(2))
    assert torch.equal(first, second) and not torch.equal(first, images)
    with pytest.raises(ValueError, match="expected --widen among hue, move, mirror, got 'blur'"):
        check_edits(["hue", "blur"])
