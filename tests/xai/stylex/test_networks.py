"""The generator against StyleGAN2's own form, and what its styles mean."""

import math

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor

from tests.xai.stylex.small import TINY
from xai.stylex.architecture import Architecture
from xai.stylex.networks import Discriminator, Networks, draw_weights


def drawn(architecture: Architecture = TINY, *, seed: int = 0) -> Networks:
    networks = Networks(architecture)
    generator = torch.Generator().manual_seed(seed)
    draw_weights(networks, generator)
    with torch.no_grad():
        for convolution in networks.generator.convolutions:
            convolution.strength.normal_(generator=generator)  # type: ignore[operator,union-attr]
    return networks.eval().requires_grad_(requires_grad=False)


def normal(*size: int, seed: int = 0) -> Tensor:
    return torch.randn(size, generator=torch.Generator().manual_seed(seed))


def weight_side(networks: Networks, styles: Tensor) -> Tensor:
    """One image, with the modulation and demodulation on the weights as StyleGAN2 writes them (section 2.2)."""
    architecture, generator = networks.architecture, networks.generator
    parts = styles.split([layer.size for layer in architecture.layers])
    features, image = generator.start, torch.zeros(1, 3, 1, 1)
    number, colours = 0, len(generator.convolutions)
    for level, side in enumerate(architecture.resolutions):
        features = F.interpolate(features, (side, side), mode="nearest")
        image = F.interpolate(image, (side, side), mode="nearest")
        for _ in range(architecture.convolutions[level]):
            layer = generator.convolutions[number]
            weight = layer.weight * parts[number][None, :, None, None]
            weight = weight / (weight.square().sum((1, 2, 3), keepdim=True) + 1e-8).sqrt()
            features = F.conv2d(features, weight, layer.bias, padding=1) + layer.pattern * layer.strength
            features = F.leaky_relu(features, 0.2) * math.sqrt(2)
            number += 1
        to_rgb = generator.colours[level]
        weight = to_rgb.weight * parts[colours + level][None, :, None, None]
        image = image + F.conv2d(features, weight, to_rgb.bias)
    return image.sigmoid()


def test_scaled_activations_equal_scaled_weights() -> None:
    networks, styles = drawn(), 1 + normal(3, TINY.coordinates)
    expected = torch.cat([weight_side(networks, one) for one in styles])
    torch.testing.assert_close(networks.generator(styles), expected, atol=1e-5, rtol=1e-5)


def test_a_style_override_equals_an_edit_of_the_affine_bias() -> None:
    networks, latents = drawn(), normal(4, TINY.latent)
    override = networks.generator.styles(latents)
    override[:, 7] += 1.5
    edited = drawn()
    edited.generator.affine.bias[7] += 1.5
    assert torch.equal(networks.generator(override), edited.generator(edited.generator.styles(latents)))


def test_an_image_depends_on_its_own_styles_alone() -> None:
    networks, styles = drawn(), normal(5, TINY.coordinates)
    alone = torch.cat([networks.generator(one) for one in styles.split(1)])
    torch.testing.assert_close(networks.generator(styles), alone, atol=1e-6, rtol=0)


@pytest.mark.parametrize("side", [32, 64, 256])
def test_sizes_up_to_256(side: int) -> None:
    networks = drawn(Architecture.of_side(side))
    images = networks.generator(networks.styles(torch.rand(1, 3, side, side), torch.tensor([[0.3, 0.7]])))
    assert images.shape == (1, 3, side, side)
    assert 0 <= images.min() < images.max() <= 1
    assert 0.2 < images.mean() < 0.8, "images are no plain black or white to begin with"


def test_weights_follow_from_the_seed() -> None:
    first, same, other = drawn(), drawn(), drawn(seed=1)
    assert all(torch.equal(first.state_dict()[name], value) for name, value in same.state_dict().items())
    assert not torch.equal(first.generator.start, other.generator.start)


def test_the_discriminator_hears_the_condition_and_sees_that_images_are_alike() -> None:
    discriminator = Discriminator(TINY)
    draw_weights(discriminator, torch.Generator().manual_seed(0))
    images, even = torch.rand(4, 3, 8, 8), torch.full((4, 2), 0.5)
    ends = [discriminator(images, torch.eye(2)[[k] * 4]) for k in (0, 1)]
    torch.testing.assert_close(discriminator(images, even), (ends[0] + ends[1]) / 2)
    alike = images[:1].expand(4, -1, -1, -1)
    assert not torch.allclose(discriminator(images, even)[0], discriminator(alike, even)[0])


def test_styles_of_another_width_are_refused() -> None:
    with pytest.raises(ValueError, match=r"expected `styles` of shape \(N, 28\), got \(2, 3\)"):
        drawn().generator(torch.zeros(2, 3))
