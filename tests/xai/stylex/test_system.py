"""From images to styles and back, with the classifier's word in the latent."""

import pytest
import torch

from tests.xai.stylex.small import Brightness, halves
from tests.xai.stylex.test_networks import drawn
from xai.stylex.system import StylEx


def system() -> StylEx:
    return StylEx(networks=drawn(), classifier=Brightness().eval(), weights_hash="brightness")


def test_styles_are_those_of_content_and_probabilities() -> None:
    one, images = system(), halves(4)
    pixels = images.float() / 255
    latents = torch.cat([one.networks.encoder(pixels), Brightness()(pixels).softmax(1)], dim=1)
    torch.testing.assert_close(one.styles(images), one.networks.generator.styles(latents))
    assert torch.equal(one.styles(images), one.styles(pixels))
    assert torch.equal(one.reconstruct(images), one.decode(one.styles(images)))


def test_a_swap_exchanges_the_two_probabilities_alone() -> None:
    one, pixels = system(), halves(4).float() / 255
    probabilities = Brightness()(pixels).softmax(1)
    expected = one.networks.styles(pixels, probabilities.flip(1))
    torch.testing.assert_close(one.condition_swapped(pixels), expected)


def test_decoding_is_differentiable() -> None:
    one = system()
    styles = one.styles(halves(2)).requires_grad_()
    one.decode(styles).sum().backward()
    assert styles.grad is not None
    assert (styles.grad != 0).any()


def test_images_of_another_side_are_refused() -> None:
    with pytest.raises(ValueError, match=r"expected images of shape \(N, 3, 8, 8\), got \(1, 3, 9, 8\)"):
        system().styles(torch.zeros(1, 3, 9, 8))
