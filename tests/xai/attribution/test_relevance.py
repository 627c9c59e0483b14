"""Relevance: kept from the logit to the pixels, and refused where captum's rules would miss something."""

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from xai.attribution import LayerwiseRelevance, attribute

TARGETS = torch.tensor([1, 0, 2])


def chain(*, bias: bool = False, activation: nn.Module | None = None) -> nn.Sequential:
    torch.manual_seed(0)
    return nn.Sequential(
        nn.Conv2d(3, 6, 3, bias=bias),
        activation or nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Conv2d(6, 8, 3, bias=bias),
        nn.ReLU(),
        nn.Flatten(),
        nn.Linear(8 * 9, 3, bias=bias),
    )


class Normalised(nn.Module):
    """A classifier that normalises, resizes and then asks its network."""

    def __init__(self, side: int) -> None:
        super().__init__()
        self.module, self.side = chain(), side

    def normalise(self, images: Tensor) -> Tensor:
        return F.interpolate((images - 0.5) / 0.25, size=self.side, mode="bilinear", align_corners=False)

    def forward(self, images: Tensor) -> Tensor:
        logits: Tensor = self.module(self.normalise(images))
        return logits


class Skip(nn.Module):
    """A sum of two branches between layers."""

    def __init__(self) -> None:
        super().__init__()
        self.branch, self.head = nn.Conv2d(3, 3, 3, padding=1), nn.Linear(3 * 144, 3)

    def forward(self, images: Tensor) -> Tensor:
        logits: Tensor = self.head((images + self.branch(images)).flatten(1))
        return logits


@pytest.fixture
def images() -> Tensor:
    return torch.rand(3, 3, 12, 12, generator=torch.Generator().manual_seed(0))


def test_without_biases_a_map_sums_to_the_logit(images: Tensor) -> None:
    model = chain(bias=False)
    explained = attribute(model, images, TARGETS, method="lrp", batch_size=2)
    with torch.no_grad():
        logits = model(images).gather(1, TARGETS[:, None])[:, 0]
    assert torch.allclose(explained.maps.sum((1, 2)), logits, rtol=1e-3, atol=1e-5)
    assert explained.difference is not None
    assert explained.relative_gap is not None
    assert torch.allclose(explained.difference.float(), logits)
    assert float(explained.relative_gap.max()) < 1e-3


def test_biases_take_relevance_and_the_gap_tells(images: Tensor) -> None:
    explained = attribute(chain(bias=True), images, TARGETS, method="lrp")
    assert explained.completeness_gap is not None
    assert explained.difference is not None
    assert float(explained.completeness_gap.abs().min()) > 1e-3
    assert torch.allclose(
        explained.maps.sum((1, 2), dtype=torch.float64), explained.difference + explained.completeness_gap
    )


def test_without_gamma_and_biases_relevance_is_gradient_times_input(images: Tensor) -> None:
    small = images
    expected = attribute(chain(), small, TARGETS, method="gradient_x_input").maps
    assert torch.allclose(attribute(chain(), small, TARGETS, method="lrp").maps, expected, rtol=1e-3, atol=1e-5)


def test_gamma_favours_positive_contributions_as_written_out_by_hand(images: Tensor) -> None:
    torch.manual_seed(0)
    first, head = nn.Conv2d(3, 6, 3, bias=False), nn.Linear(600, 3, bias=False)
    model, gamma = nn.Sequential(first, nn.ReLU(), nn.Flatten(), head), 0.25
    got = attribute(model, images, TARGETS, method=LayerwiseRelevance(gamma=gamma)).maps
    with torch.no_grad():
        hidden = first(images).relu()
        relevance = hidden * head.weight[TARGETS].view_as(hidden)
        favoured = first.weight + gamma * first.weight.clamp_min(0)
        shares = relevance / F.conv2d(images, favoured)
        expected = (images * F.conv_transpose2d(shares, favoured)).sum(1)
        logits = model(images).gather(1, TARGETS[:, None])[:, 0]
    assert torch.allclose(got, expected, rtol=1e-3, atol=1e-5)
    assert torch.allclose(got.sum((1, 2)), logits, rtol=1e-3, atol=1e-5)


def test_normalised_pixels_are_explained_at_the_images_size() -> None:
    model = Normalised(side=12)
    images = torch.rand(3, 3, 16, 16, generator=torch.Generator().manual_seed(1))
    explained = attribute(model, images, TARGETS, method="lrp")
    inputs = model.normalise(images)
    inner = attribute(model.module, inputs, TARGETS, method="lrp").maps
    enlarged = F.interpolate(inner[:, None], size=(16, 16), mode="bilinear", align_corners=False)[:, 0] * 144 / 256
    assert torch.allclose(explained.maps, enlarged, atol=1e-6)
    with torch.no_grad():
        logits = model(images).gather(1, TARGETS[:, None])[:, 0]
    assert explained.difference is not None
    assert torch.allclose(explained.difference.float(), logits, atol=1e-5)


def test_the_network_keeps_its_weights_rules_and_hooks(images: Tensor) -> None:
    model = chain(activation=nn.ReLU(inplace=True))
    before = [parameter.clone() for parameter in model.parameters()]
    attribute(model, images, TARGETS, method=LayerwiseRelevance(gamma=0.5))
    assert all(torch.equal(*pair) for pair in zip(before, model.parameters(), strict=True))
    assert not any(hasattr(part, "rule") or part._forward_hooks for part in model.modules())
    assert [part.inplace for part in model if isinstance(part, nn.ReLU)] == [True, False]


def test_networks_without_rules_are_refused_with_a_remedy(images: Tensor) -> None:
    with pytest.raises(ValueError, match=r"expected a chain of layers.*got add between layers; use integrated_grad"):
        attribute(Skip(), images, TARGETS, method="lrp")
    with pytest.raises(ValueError, match=r"expected layers that captum has rules for.*use integrated_gradients"):
        attribute(chain(activation=nn.GELU()), images, TARGETS, method="lrp")
    with pytest.raises(TypeError, match="because lrp reads its layers"):
        attribute(lambda pixels: pixels.mean((2, 3)), images, TARGETS, method="lrp")
