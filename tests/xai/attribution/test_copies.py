from collections.abc import Callable

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from tests.xai.attribution.small_networks import random_images, small_convnet
from xai.attribution.copies import Copies

TOP = torch.tensor([0, 5, 11, 20, 0])
LEFT = torch.tensor([0, 9, 20, 3, 20])


def changed(channels: int = 3, side: int = 24, size: int = 4) -> Copies:
    """Copies of random features, changed in windows at the corners, the borders and inside."""
    generator = torch.Generator().manual_seed(channels)
    whole = torch.randn(1, channels, side, side, generator=generator)
    window = torch.randn(len(TOP), channels, size, size, generator=generator)
    return Copies(whole, window, TOP.clone(), LEFT.clone())


def slow_full(copies: Copies) -> Tensor:
    height, width = copies.window.shape[2:]
    full = copies.whole.repeat(len(copies.window), 1, 1, 1)
    for copy, window, top, left in zip(full, copies.window, copies.top.tolist(), copies.left.tolist(), strict=True):
        copy[:, top : top + height, left : left + width] = window
    return full


def plain(result: Tensor) -> Tensor:
    return result.full() if isinstance(result, Copies) else result


def test_full_writes_every_window_into_its_copy() -> None:
    copies = changed()
    assert copies.shape == (5, 3, 24, 24)
    assert torch.equal(copies.full(), slow_full(copies))


@pytest.mark.parametrize("padding", [(0, 0), (2, 1)], ids=str)
def test_crops_are_parts_of_the_full_copies(padding: tuple[int, int]) -> None:
    copies = changed()
    rows, columns = (7, torch.tensor([0, 2, 9, 17, 4])), (6, torch.tensor([0, 8, 18, 1, 18]))
    rows, columns = (rows[0], rows[1] - padding[0]), (columns[0], columns[1] + padding[1])
    around = F.pad(slow_full(copies), (padding[1],) * 2 + (padding[0],) * 2, value=-7.0)
    got = copies.crop(rows, columns, padding, -7.0)
    for one, full, top, left in zip(got, around, rows[1].tolist(), columns[1].tolist(), strict=True):
        part = full[:, top + padding[0] :, left + padding[1] :]
        assert torch.equal(one, part[:, :7, :6])


FOLLOWED: dict[str, Callable[[Tensor], Tensor]] = {
    "3x3": nn.Conv2d(3, 5, 3, padding=1),
    "no padding": nn.Conv2d(3, 5, 3),
    "stride": nn.Conv2d(3, 5, 3, stride=2, padding=1),
    "stride above kernel": nn.Conv2d(3, 5, 1, stride=2),
    "dilation": nn.Conv2d(3, 5, 3, padding=2, dilation=2),
    "oblong": nn.Conv2d(3, 5, (1, 5), padding=(0, 2)),
    "depthwise": nn.Conv2d(3, 6, 3, padding=1, groups=3, bias=False),
    "max pooling": nn.MaxPool2d(3, stride=2, padding=1),
    "plain max pooling": nn.MaxPool2d(2),
    "batch norm": nn.BatchNorm2d(3).eval(),
    "pixelwise": lambda images: F.gelu(images).clamp(-0.1, 0.5),
    "in place": lambda images: F.hardswish(F.relu_(images * 2), inplace=True),
    "arithmetic": lambda images: 1 - (images - torch.ones(3, 1, 1)) / 2,
    "residual": lambda images: images + F.max_pool2d(images, 3, stride=1, padding=1),
}


@pytest.mark.parametrize("name", FOLLOWED)
@torch.no_grad()
def test_what_is_followed_gives_what_full_copies_give(name: str) -> None:
    copies = changed()
    expected = FOLLOWED[name](slow_full(copies))
    got = FOLLOWED[name](copies)
    assert isinstance(got, Copies)
    assert got.shape == expected.shape
    assert got.window.shape[2] < expected.shape[2]
    torch.testing.assert_close(got.full(), expected)


IN_FULL: dict[str, Callable[[Tensor], Tensor]] = {
    "mean": lambda images: images.mean((2, 3)),
    "concatenation": lambda images: torch.cat([images, images * 2], 1),
    "reach over everything": nn.Conv2d(3, 5, 21, padding=10),
    "transposed": nn.ConvTranspose2d(3, 5, 2, stride=2),
    "ceiling": nn.MaxPool2d(3, stride=2, ceil_mode=True),
    "map of weights": lambda images: images * torch.linspace(0, 1, 24),
    "interpolation": lambda images: F.interpolate(images, scale_factor=2.0, mode="bilinear"),
}


@pytest.mark.parametrize("name", IN_FULL)
@torch.no_grad()
def test_everything_else_gets_the_copies_in_full(name: str) -> None:
    copies = changed()
    expected = IN_FULL[name](slow_full(copies))
    got = IN_FULL[name](copies)
    assert not isinstance(got, Copies)
    torch.testing.assert_close(got, expected)


@torch.no_grad()
def test_an_operation_in_place_may_make_the_copies_full() -> None:
    copies = changed()
    expected = slow_full(copies).mul_(torch.linspace(0, 1, 24))
    copies.mul_(torch.linspace(0, 1, 24))
    torch.testing.assert_close(plain(copies), expected)


@torch.no_grad()
def test_two_changes_are_joined_in_a_window_that_holds_both() -> None:
    first = changed()
    second = Copies(first.whole, first.window[:, :, :2, :3] * 3, (TOP + 5).clamp(max=22), (LEFT - 4).clamp(min=0))
    joined = first * second
    assert isinstance(joined, Copies)
    torch.testing.assert_close(joined.full(), slow_full(first) * slow_full(second))


@pytest.mark.parametrize("side", [24, 27])
@torch.no_grad()
def test_a_network_says_of_windows_what_it_says_of_full_copies(side: int) -> None:
    image = random_images(1, side=side)
    window = torch.zeros(len(TOP), 3, 4, 4)
    copies = Copies(image, window, TOP.clone(), LEFT.clone())
    network = small_convnet()
    torch.testing.assert_close(plain(network(copies)), network(slow_full(copies)))


def test_their_name_tells_the_window() -> None:
    assert repr(changed()) == "Copies(shape=(5, 3, 24, 24), window=(4, 4))"
