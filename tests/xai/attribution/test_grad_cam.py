"""Grad-CAM against its definition with the network taken apart by hand."""

from collections.abc import Callable

import pytest
import torch
import torch.nn.functional as F
from captum.attr import GuidedBackprop
from torch import Tensor, nn

from tests.xai.attribution.small_networks import small_convnet
from xai.attribution import attribute

TARGETS = torch.tensor([2, 0, 1])


def features() -> nn.Sequential:
    return nn.Sequential(
        nn.Conv2d(3, 6, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2), nn.Conv2d(6, 8, 3, padding=1), nn.ReLU()
    )


class Convolutional(nn.Module):
    """Features, then a head that is not a plain mean, so that gradients differ between positions."""

    def __init__(self) -> None:
        super().__init__()
        torch.manual_seed(0)
        self.features = features()
        self.pool, self.flatten = nn.AdaptiveMaxPool2d(1), nn.Flatten()
        self.head = nn.Linear(8, 3)

    def forward(self, images: Tensor) -> Tensor:
        logits: Tensor = self.head(self.flatten(self.pool(self.features(images).square())))
        return logits


class Tokens(nn.Module):
    """Patch tokens behind a class token; only the class token of the last block is read."""

    def __init__(self) -> None:
        super().__init__()
        torch.manual_seed(0)
        self.patches, self.front = nn.Conv2d(3, 8, 4, stride=4), nn.Parameter(torch.randn(1, 1, 8))
        self.first, self.last = nn.Linear(8, 8), nn.Linear(8, 8)
        self.head = nn.Linear(8, 3)

    def embed(self, images: Tensor) -> Tensor:
        tokens = self.patches(images).flatten(2).mT
        embedded: Tensor = self.first(torch.cat([self.front.expand(len(images), -1, -1), tokens], 1))
        return embedded

    def read(self, tokens: Tensor) -> Tensor:
        mixed = self.last((tokens @ tokens.mT).softmax(-1) @ tokens)
        logits: Tensor = self.head(mixed[:, 0])
        return logits

    def forward(self, images: Tensor) -> Tensor:
        return self.read(self.embed(images))


@pytest.fixture
def images() -> Tensor:
    return torch.rand(3, 3, 16, 16, generator=torch.Generator().manual_seed(0))


def slow_cam(maps: Tensor, read: Callable[[Tensor], Tensor], size: tuple[int, int]) -> Tensor:
    """One image and one channel at a time."""
    cams = []
    for one, target in zip(maps, TARGETS.tolist(), strict=True):
        leaf = one.detach()[None].requires_grad_()
        (gradient,) = torch.autograd.grad(read(leaf)[0, target], leaf)
        channels = [gradient[0, channel].mean() * leaf[0, channel] for channel in range(leaf.shape[1])]
        cams.append(torch.stack(channels).sum(0).detach())
    return F.interpolate(torch.stack(cams)[:, None], size=size, mode="bilinear", align_corners=False)[:, 0]


@pytest.mark.parametrize("size", [(16, 16), (24, 12)])
def test_maps_are_features_weighted_by_mean_gradients(size: tuple[int, int]) -> None:
    model, pixels = Convolutional(), torch.rand(3, 3, *size, generator=torch.Generator().manual_seed(1))
    got = attribute(model, pixels, TARGETS, method="grad_cam", batch_size=2).maps
    expected = slow_cam(model.features(pixels), lambda maps: model.head(model.pool(maps.square()).flatten(1)), size)
    assert torch.allclose(got, expected, atol=1e-6)
    assert bool((got < 0).any()), "maps are signed"


def test_tokens_are_read_where_they_still_reach_the_logits(images: Tensor) -> None:
    model = Tokens().eval()
    embedded = model.embed(images).detach()
    front, grid = embedded[:1, :1], embedded[:, 1:].mT.unflatten(2, (4, 4))  # the class token is the same for all
    expected = slow_cam(grid, lambda maps: model.read(torch.cat([front, maps.flatten(2).mT], 1)), (16, 16))
    got = attribute(model, images, TARGETS, method="grad_cam").maps
    assert torch.allclose(got, expected, atol=1e-6)
    assert float(got.abs().max()) > 1e-4


def test_guided_maps_are_captums_backward_pass_times_the_positive_part(images: Tensor) -> None:
    torch.manual_seed(0)
    model = nn.Sequential(*features(), nn.Flatten(), nn.Linear(8 * 64, 3)).eval()
    got = attribute(model, images, TARGETS, method="guided_grad_cam").maps
    cam = attribute(model, images, TARGETS, method="grad_cam").maps
    with pytest.warns(UserWarning, match="backward hooks"):
        guided = GuidedBackprop(model).attribute(images.clone().requires_grad_(), target=TARGETS)
    assert torch.allclose(got, guided.detach().sum(1) * cam.clamp_min(0), atol=1e-6)


def test_modules_that_work_in_place_are_explained_and_left_alone(images: Tensor) -> None:
    torch.manual_seed(0)
    plain = nn.Sequential(*features(), nn.Flatten(), nn.Linear(8 * 64, 3))
    in_place = nn.Sequential(*(nn.ReLU(inplace=True) if isinstance(part, nn.ReLU) else part for part in plain))
    for method in ("grad_cam", "guided_grad_cam"):
        expected = attribute(plain, images, TARGETS, method=method).maps
        assert torch.allclose(attribute(in_place, images, TARGETS, method=method).maps, expected, atol=1e-6)
    assert [part.inplace for part in in_place if isinstance(part, nn.ReLU)] == [True, True]
    assert not any(part._forward_hooks or part._backward_hooks for part in in_place.modules())


def test_networks_without_a_map_or_without_relu_are_refused(images: Tensor) -> None:
    flat = nn.Sequential(nn.Flatten(), nn.Linear(768, 3))
    with pytest.raises(ValueError, match=r"expected a stage of convolution or token features.*integrated_gradients"):
        attribute(flat, images, TARGETS, method="grad_cam")
    smooth = nn.Sequential(nn.Conv2d(3, 4, 3), nn.GELU(), nn.Flatten(), nn.Linear(4 * 196, 3))
    with pytest.raises(ValueError, match=r"expected a classifier with nn\.ReLU modules.*grad_cam needs none"):
        attribute(smooth, images, TARGETS, method="guided_grad_cam")
    for method in ("grad_cam", "guided_grad_cam"):
        with pytest.raises(TypeError, match=f"because {method} reads its layers, got function"):
            attribute(lambda pixels: pixels.mean((2, 3)), images, TARGETS, method=method)


def test_nothing_before_the_stage_is_differentiated(images: Tensor) -> None:
    network = small_convnet()
    graphs: dict[int, bool] = {}
    for index in (1, 5):  # a convolution's batch norm; the last stage's ReLU
        network[index].register_forward_hook(
            lambda _module, inputs, _output, index=index: graphs.update({index: inputs[0].requires_grad})
        )
    network[8].register_forward_hook(lambda _module, inputs, _output: graphs.update({8: inputs[0].requires_grad}))
    attribute(network, images, [0] * len(images), method="grad_cam")
    assert graphs == {1: False, 5: False, 8: True}
