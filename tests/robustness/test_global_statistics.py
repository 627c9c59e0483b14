import pytest
import timm
import torch
from torch import Tensor, nn

from robustness.global_statistics import swap_at, swap_colour_statistics
from robustness.padain import padain_sites, permuted_adain

SWAP = torch.tensor([1, 0])


def seeded(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def network() -> nn.Sequential:
    torch.manual_seed(0)
    return nn.Sequential(nn.Conv2d(3, 4, 3), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten(), nn.Linear(36, 5)).eval()


def images(count: int = 2, size: int = 8) -> Tensor:
    return torch.rand(count, 3, size, size, generator=seeded())


@pytest.mark.parametrize("site", ["0", "1", "2"])
def test_the_output_of_the_site_is_exchanged_and_nothing_before_it(site: str) -> None:
    model, cut = network(), int(site) + 1
    expected = model[cut:](permuted_adain(model[:cut](images()), SWAP))
    with swap_at(model, site, SWAP):
        assert torch.equal(model(images()), expected)


def test_the_model_is_itself_again_afterwards_and_after_an_error() -> None:
    model = network()
    before = model(images())
    with pytest.raises(RuntimeError, match="inside"), swap_at(model, "0", SWAP):
        raise RuntimeError("inside")
    assert torch.equal(model(images()), before)
    assert not model[0]._forward_hooks


def test_statistics_of_another_image_and_back() -> None:
    model = nn.Sequential(nn.Identity()).eval()
    with swap_at(model, "0", SWAP):
        once = model(images())
        twice = model(once)
    assert not torch.allclose(once, images(), atol=0.01)
    torch.testing.assert_close(twice, images(), rtol=1e-3, atol=1e-3)


def test_an_answer_that_reads_statistics_alone_moves_with_them() -> None:
    model = nn.Sequential(nn.Identity(), nn.AdaptiveAvgPool2d(1), nn.Flatten()).eval()
    with swap_at(model, "0", SWAP):
        torch.testing.assert_close(model(images()), images()[SWAP].mean((2, 3)))


@pytest.mark.parametrize(
    ("model", "site", "message"),
    [
        (network().train(), "0", "expected `model` in evaluation mode"),
        (network(), "7", "expected `site` to be the name of a module of Sequential, got '7'"),
        (network(), "4", r"expected `site` '4' to give \(N, C, H, W\) features, got \(2, 5\)"),
        (network(), "0", r"expected `permutation` of shape \(2,\)"),
    ],
)
def test_what_cannot_be_exchanged_is_refused(model: nn.Module, site: str, message: str) -> None:
    permutation = torch.arange(3) if "permutation" in message else SWAP
    with pytest.raises(ValueError, match=message), swap_at(model, site, permutation):
        model(images())


def test_colours_take_the_mean_and_spread_of_the_other_image() -> None:
    # In the middle of the range, so that nothing is clipped.
    pixels = 0.5 + torch.tensor([0.1, 0.02]).view(2, 1, 1, 1) * (images() - 0.5)
    moved = swap_colour_statistics(pixels, SWAP)
    torch.testing.assert_close(moved.mean((2, 3)), pixels[SWAP].mean((2, 3)))
    torch.testing.assert_close(moved.std((2, 3)), pixels[SWAP].std((2, 3)), rtol=0.02, atol=0)
    assert torch.equal(moved.flatten(2).argsort(2), pixels.flatten(2).argsort(2))


def test_colours_stay_in_range_and_flat_images_take_the_others_colour() -> None:
    pair = torch.stack([torch.full((3, 8, 8), 0.9), images()[0]])
    moved = swap_colour_statistics(pair, SWAP)
    assert 0 <= moved.min() < moved.max() <= 1
    torch.testing.assert_close(moved[0], pair[1].mean((1, 2), keepdim=True).expand(3, 8, 8))
    assert (moved[1] - 0.9).abs().max() < 0.02
    torch.testing.assert_close(swap_colour_statistics(pair, torch.arange(2)), pair, rtol=1e-3, atol=1e-3)


def test_images_of_8_bits_are_refused() -> None:
    with pytest.raises(ValueError, match="divide images of 8 bits by 255"):
        swap_colour_statistics(torch.zeros(2, 3, 4, 4, dtype=torch.uint8), SWAP)


def test_every_site_and_stage_of_a_network_can_be_exchanged() -> None:
    torch.manual_seed(0)
    model = timm.create_model("test_resnet", num_classes=4).eval()
    pixels = images(4, 64)
    for site in ("layer1", "layer4", *padain_sites(model)):
        with torch.no_grad(), swap_at(model, site, torch.tensor([1, 2, 3, 0])):
            assert model(pixels).shape == (4, 4)
