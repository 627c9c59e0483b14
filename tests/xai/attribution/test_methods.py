"""What all methods promise alike, and what the one door refuses."""

from typing import Any

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn

import xai.attribution
from xai.attribution import METHODS, GradientShap, IntegratedGradients, Method, SmoothGrad, attribute

TARGETS = [2, 0, 1]
SEEDED = ["gradient_shap", "smooth_grad"]


class Attentive(nn.Module):
    """One layer of attention between patches."""

    def __init__(self) -> None:
        super().__init__()
        torch.manual_seed(0)
        self.patches, self.head = nn.Conv2d(3, 8, 4, stride=4), nn.Linear(8, 3)

    def forward(self, images: Tensor) -> Tensor:
        tokens = self.patches(images).flatten(2).mT[:, None]
        logits: Tensor = self.head(F.scaled_dot_product_attention(tokens, tokens, tokens).mean((1, 2)))
        return logits


def network(method: str = "grad_cam") -> nn.Module:
    if method == "attention_rollout":
        return Attentive()
    torch.manual_seed(0)
    return nn.Sequential(
        nn.Conv2d(3, 6, 3), nn.BatchNorm2d(6), nn.ReLU(), nn.Dropout(0.5), nn.Flatten(), nn.Linear(6 * 196, 3)
    )


@pytest.fixture
def images() -> Tensor:
    return torch.rand(3, 3, 16, 16, generator=torch.Generator().manual_seed(0))


def test_every_public_method_is_in_the_registry_under_the_name_it_answers_with(images: Tensor) -> None:
    public = {name for name in xai.attribution.__all__ if hasattr(getattr(xai.attribution, name), "explain")}
    assert {type(method).__name__ for method in METHODS.values()} == public - {"Method"}
    for name in METHODS:
        assert attribute(network(name), images, TARGETS, method=name).method == name


@pytest.mark.parametrize("method", sorted(METHODS))
def test_maps_are_finite_floats_of_the_images_shape_and_say_something(images: Tensor, method: str) -> None:
    explained = attribute(network(method), images, TARGETS, method=method)
    assert explained.maps.shape == (3, 16, 16)
    assert explained.maps.dtype == torch.float32
    assert bool(explained.maps.isfinite().all())
    assert bool((explained.maps.flatten(1).std(1) > 0).all())
    assert not explained.maps.requires_grad
    assert explained.convention
    assert (explained.difference is None) == (explained.completeness_gap is None)


@pytest.mark.parametrize("method", sorted(METHODS))
def test_a_map_depends_on_its_image_alone(images: Tensor, method: str) -> None:
    model = network(method)
    together = attribute(model, images, TARGETS, method=method).maps
    apart = torch.cat(
        [attribute(model, images[row : row + 1], TARGETS[row : row + 1], method=method).maps for row in range(3)]
    )
    for maps in (apart, attribute(model, images, torch.tensor(TARGETS), method=method, batch_size=2).maps):
        assert torch.allclose(together, maps, rtol=1e-3, atol=1e-5)


@pytest.mark.parametrize("method", sorted(METHODS))
def test_bytes_are_explained_as_their_fractions(images: Tensor, method: str) -> None:
    pixels, model = (images * 255).round().to(torch.uint8), network(method)
    maps = attribute(model, pixels, TARGETS, method=method).maps
    assert torch.equal(maps, attribute(model, pixels.float() / 255, TARGETS, method=method).maps)


@pytest.mark.parametrize("method", sorted(METHODS))
def test_classifier_images_and_random_state_are_left_as_they_were(images: Tensor, method: str) -> None:
    model, pixels = network(method).train(), images.clone().requires_grad_()
    next(model.parameters()).requires_grad_(False)
    state, wanted = torch.get_rng_state(), [parameter.requires_grad for parameter in model.parameters()]
    before = {name: value.clone() for name, value in model.state_dict().items()}
    with torch.inference_mode():
        inside = attribute(model, pixels, TARGETS, method=method).maps
    assert torch.allclose(inside, attribute(model.eval(), images, TARGETS, method=method).maps, atol=1e-6)
    model.train()
    attribute(model, pixels, TARGETS, method=method)
    assert all(part.training for part in model.modules())
    assert [parameter.requires_grad for parameter in model.parameters()] == wanted
    assert all(parameter.grad is None for parameter in model.parameters())
    assert all(torch.equal(value, before[name]) for name, value in model.state_dict().items())
    assert not any(part._forward_hooks or part._forward_pre_hooks for part in model.modules())
    assert pixels.grad is None
    assert torch.equal(pixels.detach(), images)
    assert torch.equal(torch.get_rng_state(), state)


@pytest.mark.parametrize("method", sorted(METHODS))
def test_the_seed_is_the_only_chance(images: Tensor, method: str) -> None:
    first, again, other = (
        attribute(network(method), images, TARGETS, method=method, seed=seed).maps for seed in (0, 0, 1)
    )
    assert torch.equal(first, again)
    assert torch.equal(first, other) == (method not in SEEDED)


@pytest.mark.parametrize(
    "method", [SmoothGrad(samples=4), GradientShap(samples=4), IntegratedGradients(points=2, most=2)]
)
def test_methods_with_settings_of_their_own_are_used_as_they_are(images: Tensor, method: Method) -> None:
    own = attribute(network(), images, TARGETS, method=method)
    assert not torch.equal(own.maps, attribute(network(), images, TARGETS, method=own.method).maps)


@pytest.mark.parametrize("method", ["integrated_gradients", "gradient_x_input", *SEEDED, "occlusion"])
def test_any_callable_will_do_for_methods_that_read_no_layers(images: Tensor, method: str) -> None:
    model = network().eval()
    expected = attribute(model, images, TARGETS, method=method).maps
    got = attribute(model.forward, images, TARGETS, method=method).maps
    assert torch.allclose(got, expected, atol=1e-6)


def test_unknown_methods_are_named_with_those_there_are(images: Tensor) -> None:
    with pytest.raises(ValueError, match=r"expected `method` in integrated_gradients, .*, got 'saliency'"):
        attribute(network(), images, TARGETS, method="saliency")


@pytest.mark.parametrize("shape", [(3, 16, 16), (3, 1, 16, 16), (0, 3, 16, 16), (2, 3, 0, 16)])
def test_images_of_another_shape_are_refused(shape: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match=r"expected `images` of shape \(N, 3, H, W\)"):
        attribute(network(), torch.zeros(shape), [0] * shape[0])


def test_images_of_another_type_are_refused(images: Tensor) -> None:
    with pytest.raises(TypeError, match=r"expected `images` as uint8 in 0\.\.255 or float"):
        attribute(network(), images.long(), TARGETS)


@pytest.mark.parametrize(
    ("targets", "message"),
    [
        ([0, 1], "expected `targets` as 3 class indices"),
        ([0.0, 1.0, 2.0], "expected `targets` as 3 class indices"),
        ([True, False, True], "expected `targets` as 3 class indices"),
        ([0, -1, 1], "expected `targets` of at least 0, got -1"),
        ([0, 3, 1], r"expected `targets` in 0\.\.2, the classifier's classes, got 3"),
    ],
)
@pytest.mark.parametrize("method", ["integrated_gradients", "occlusion", "grad_cam"])
def test_targets_that_are_no_classes_are_refused(images: Tensor, targets: Any, message: str, method: str) -> None:
    with pytest.raises(ValueError, match=message):
        attribute(network(), images, targets, method=method)


def test_classifiers_that_answer_something_else_are_refused(images: Tensor) -> None:
    with pytest.raises(ValueError, match=r"expected logits of shape \(3, K\) from the classifier, got \(3,\)"):
        attribute(lambda pixels: pixels.mean((1, 2, 3)), images, TARGETS)
    with pytest.raises(ValueError, match=r"differentiable in the pixels.*occlusion needs no gradient"):
        attribute(lambda pixels: pixels.detach().mean((2, 3)), images, TARGETS, method="gradient_x_input")
    with pytest.raises(ValueError, match=r"expected `batch_size` of at least 1, got 0"):
        attribute(network(), images, TARGETS, batch_size=0)
