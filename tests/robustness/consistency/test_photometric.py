import numpy as np
import pytest
import torch
from PIL import Image
from torchvision.transforms.v2.functional import rgb_to_grayscale

from robustness.consistency.photometric import black_and_white, blur, contrast, gamma
from tests.robustness.consistency.pictures import noise


def test_black_and_white_weighs_as_torchvision_and_pillow():
    images = noise(2, 5, 7)
    grey = black_and_white(images)
    expected = images[:, 0] * 0.299 + images[:, 1] * 0.587 + images[:, 2] * 0.114
    assert torch.allclose(grey, expected[:, None].expand(-1, 3, -1, -1))
    assert torch.allclose(grey, rgb_to_grayscale(images, 3), atol=1e-3)  # whose first weight is 0.2989
    photo = (images[0] * 255).to(torch.uint8)
    pillow = np.asarray(Image.fromarray(photo.permute(1, 2, 0).numpy()).convert("L"))
    assert np.abs(black_and_white(photo[None] / 255)[0, 0].numpy() * 255 - pillow).max() <= 1


def test_black_and_white_twice_is_once():
    once = black_and_white(noise(1, 4, 4))
    assert torch.allclose(black_and_white(once), once)


@pytest.mark.parametrize("factor", [0.0, 0.4, 1.0, 1.3, 2.5])
def test_contrast_equals_the_plain_formula(factor):
    images = noise(2, 6, 5).numpy()
    mean = images.mean(axis=(2, 3), keepdims=True)
    expected = np.clip((images - mean) * factor + mean, 0, 1)
    assert np.allclose(contrast(torch.from_numpy(images), factor), expected)


@pytest.mark.parametrize("exponent", [0.4, 0.85, 1.0, 1.5])
def test_gamma_is_the_power_on_every_grey_level(exponent):
    levels = torch.arange(256, dtype=torch.float64).view(1, 1, 16, 16).expand(1, 3, 16, 16) / 255
    assert torch.allclose(gamma(levels, exponent), levels**exponent, atol=1e-12)


@pytest.mark.parametrize("exponent", [0.4, 1.5])
def test_gamma_rises_and_its_slope_is_finite_at_black(exponent):
    ramp = torch.linspace(0, 0.02, 300, dtype=torch.float64).view(1, 1, 1, 300).expand(1, 3, 1, 300).clone()
    ramp.requires_grad_()
    bent = gamma(ramp, exponent)
    bent.sum().backward()
    assert bool((bent.diff(dim=3) > 0).all())
    assert bool(torch.isfinite(ramp.grad).all())
    assert bool((ramp.grad > 0).all())


def test_gammas_compose_into_their_product_above_the_first_level():
    images = noise(1, 8, 8) * 0.9 + 0.1
    assert torch.allclose(gamma(gamma(images, 0.5), 1.6), gamma(images, 0.8))


@pytest.mark.parametrize("width, height", [(1, 1), (3, 1), (1, 5), (5, 3), (7, 9)])
def test_blur_equals_a_numpy_mean_over_symmetric_padding(width, height):
    images = noise(2, 9, 8).numpy()
    margins = ((0, 0), (0, 0), (height // 2,) * 2, (width // 2,) * 2)
    padded = np.pad(images, margins, mode="symmetric")
    windows = np.lib.stride_tricks.sliding_window_view(padded, (height, width), axis=(2, 3))
    assert np.allclose(blur(torch.from_numpy(images), width, height), windows.mean(axis=(4, 5)))


def test_blur_keeps_a_flat_image_and_the_mean():
    flat, images = torch.full((1, 3, 6, 6), 0.3), noise(1, 12, 12)
    assert torch.allclose(blur(flat, 3, 5), flat)
    assert torch.allclose(blur(images, 3).mean((2, 3)), images.mean((2, 3)))  # the mirrored edge counts for itself


@pytest.mark.parametrize(
    "change",
    [lambda x: contrast(x, 1.0), lambda x: gamma(x, 1.0), lambda x: blur(x, 1)],
    ids=["contrast", "gamma", "blur"],
)
def test_identity_parameters_change_nothing(change):
    images = noise(2, 5, 6)
    assert torch.allclose(change(images), images, rtol=0, atol=1e-15)


@pytest.mark.parametrize(
    "change",
    [black_and_white, lambda x: contrast(x, 1.2), lambda x: gamma(x, 0.6), lambda x: blur(x, 3, 3)],
    ids=["black_and_white", "contrast", "gamma", "blur"],
)
def test_gradients_are_exact(change):
    images = (noise(2, 4, 5) * 0.6 + 0.2).requires_grad_()
    assert torch.autograd.gradcheck(change, (images,))


@pytest.mark.parametrize(
    "change, message",
    [
        (lambda x: contrast(x, -0.1), "expected contrast `factor` of at least 0, got -0.1"),
        (lambda x: gamma(x, 0), "expected gamma `exponent` above 0, got 0"),
        (lambda x: blur(x, 4), "expected blur `width` as an odd whole number in 1..6, got 4"),
        (lambda x: blur(x, 3, 7), "expected blur `height` as an odd whole number in 1..5, got 7"),
        (lambda x: blur(x, 2.5), "expected blur `width` as an odd whole number in 1..6, got 2.5"),
    ],
)
def test_arguments_are_checked(change, message):
    with pytest.raises(ValueError, match=message):
        change(noise(1, 5, 6))
