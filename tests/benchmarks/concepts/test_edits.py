import colorsys

import pytest
import torch
from torch import Tensor

from benchmarks.concepts.edits import EDITS, choose_edit, edit_strengths, hue, lightness, tilt
from robustness.corruptions import corrupt


@pytest.fixture
def images() -> Tensor:
    return 0.4 + 0.2 * torch.rand(6, 3, 12, 16, generator=torch.Generator().manual_seed(0))


def test_names_are_those_of_functions(images: Tensor) -> None:
    assert all(edit.__name__ == name for name, edit in EDITS.items())  # type: ignore[attr-defined]
    with pytest.raises(ValueError, match="expected --edits among hue, lightness, tilt, gaussian_noise, .* got 'x'"):
        choose_edit("x", profile="cifar", seeds=torch.arange(6))


@pytest.mark.parametrize("name", EDITS)
def test_an_image_is_edited_by_its_own_strength(images: Tensor, name: str) -> None:
    strengths = torch.linspace(0.1, 0.9, 6)
    together = EDITS[name](images, strengths)
    one_by_one = torch.cat([EDITS[name](images[i : i + 1], strengths[i : i + 1]) for i in range(6)])
    assert torch.allclose(together, one_by_one, atol=1e-6) and not torch.allclose(together, images, atol=0.02)


def test_hues_turn_and_luma_stays(images: Tensor) -> None:
    weights = torch.tensor([0.299, 0.587, 0.114]).view(1, 3, 1, 1)
    turned = hue(images, torch.full((6,), 0.5))
    assert torch.allclose((turned * weights).sum(1), (images * weights).sum(1), atol=1e-4)
    assert torch.allclose(hue(turned, torch.full((6,), 0.5)), images, atol=1e-4)
    before = colorsys.rgb_to_hsv(0.6, 0.4, 0.4)[0]
    pixel = hue(torch.tensor([0.6, 0.4, 0.4]).view(1, 3, 1, 1), torch.tensor([0.5])).flatten().tolist()
    assert abs(colorsys.rgb_to_hsv(*pixel)[0] - before) == pytest.approx(0.5, abs=0.05)


def test_middle_strengths_leave_images_alone(images: Tensor) -> None:
    half = torch.full((6,), 0.5)
    assert torch.allclose(lightness(images, half), images) and torch.allclose(tilt(images, half), images, atol=1e-5)
    assert torch.allclose(lightness(images, torch.ones(6)), 2 * images.clamp(max=0.5))


def test_turning_moves_what_is_above_the_middle_to_the_left() -> None:
    images = torch.zeros(1, 3, 33, 33)
    images[:, :, 4, 16] = 1
    turned = tilt(images, torch.ones(1))[0, 0]
    assert divmod(int(turned.argmax()), 33) == (6, 10)  # 12 above, by 30 degrees: 10.4 above and 6 to the left


def test_corruptions_are_edits(images: Tensor) -> None:
    seeds, strengths = torch.arange(6), torch.tensor([0.0, 0.16, 0.17, 0.5, 0.84, 0.99])
    edited = choose_edit("contrast", profile="cifar", seeds=seeds)(images, strengths)
    for place, severity in enumerate([0, 0, 1, 3, 5, 5]):
        one = images[place : place + 1]
        expected = (
            corrupt(one, "contrast", severity, seeds=seeds[place : place + 1], profile="cifar") if severity else one
        )
        assert torch.equal(edited[place : place + 1], expected)


def test_strengths_belong_to_images() -> None:
    strengths = edit_strengths([str(number) for number in range(500)], "hue", seed=0)
    assert strengths.min() >= 0 and strengths.max() < 1 and abs(strengths.mean() - 0.5) < 0.05
    assert not torch.equal(strengths[:5], edit_strengths(list("01234"), "tilt", seed=0))
    assert not torch.equal(strengths[:5], edit_strengths(list("01234"), "hue", seed=1))
