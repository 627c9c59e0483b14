"""Rollout of a small transformer whose attention is known, in every way that attention is called."""

from typing import Any

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from xai.attribution import attribute

TARGETS = torch.tensor([0, 1])
WAYS = ("fused", "softmax", "module")


class Transformer(nn.Module):
    """Patches of 4 x 4 pixels, ``front`` tokens before them, and layers of attention with two heads."""

    def __init__(self, *, way: str = "fused", front: int = 1, scale: float = 1.0, pool: str = "token") -> None:
        super().__init__()
        torch.manual_seed(0)
        self.way, self.global_pool, self.num_prefix_tokens = way, pool, front
        self.patches, self.front = nn.Conv2d(3, 8, 4, stride=4), nn.Parameter(torch.randn(1, front, 8))
        self.layers = nn.ModuleList(nn.MultiheadAttention(8, 2, batch_first=True) for _ in range(3))
        for layer in self.layers:
            weight = layer.get_parameter("in_proj_weight")
            nn.init.normal_(weight, std=0.8)
            with torch.no_grad():
                weight[:16] *= scale
        self.head = nn.Linear(8, 2)
        self.seen: list[Tensor] = []

    def forward(self, images: Tensor) -> Tensor:
        tokens = self.patches(images).flatten(2).mT
        tokens = torch.cat([self.front.expand(len(images), -1, -1), tokens], 1)
        for layer in self.layers:
            tokens = tokens + self.attend(layer, tokens)
        logits: Tensor = self.head(tokens.mean(1) if self.global_pool == "avg" else tokens[:, 0])
        return logits

    def attend(self, layer: Any, tokens: Tensor) -> Tensor:
        query, key, value = (
            part.unflatten(2, (2, 4)).transpose(1, 2)
            for part in F.linear(tokens, layer.in_proj_weight, layer.in_proj_bias).chunk(3, 2)
        )
        scores = query @ key.mT / 2
        self.seen.append((scores.exp() / scores.exp().sum(-1, keepdim=True)).detach())
        if self.way == "module":
            mixed: Tensor = layer(tokens, tokens, tokens, need_weights=False)[0]
            return mixed
        fused = self.way == "fused"
        heads = F.scaled_dot_product_attention(query, key, value) if fused else scores.softmax(-1) @ value
        projected: Tensor = layer.out_proj(heads.transpose(1, 2).flatten(2))
        return projected


@pytest.fixture
def images() -> Tensor:
    return torch.rand(2, 3, 16, 16, generator=torch.Generator().manual_seed(0))


def slow_flow(layers: list[Tensor], row: int) -> Tensor:
    """(L, L) flow of one image: row i says where token i comes from."""
    count = layers[0].shape[-1]
    flow = torch.eye(count)
    for layer in layers:
        mixed = 0.5 * sum(layer[row, head] for head in range(2)) / 2 + 0.5 * torch.eye(count)
        flow = mixed @ flow
    return flow


def enlarged(grid: Tensor) -> Tensor:
    return F.interpolate(grid.view(1, 1, 4, 4), size=(16, 16), mode="bilinear", align_corners=False)[0, 0]


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("front", [1, 3])
def test_maps_are_the_class_tokens_row_of_the_multiplied_layers(images: Tensor, way: str, front: int) -> None:
    model = Transformer(way=way, front=front).eval()
    model(images)
    expected = torch.stack([enlarged(slow_flow(model.seen[:3], row)[0, front:]) for row in range(2)])
    explained = attribute(model, images, TARGETS, method="attention_rollout", batch_size=1)
    assert torch.allclose(explained.maps, expected, atol=1e-6)
    assert bool((explained.maps >= 0).all())
    assert explained.completeness_gap is None


@pytest.mark.parametrize(("front", "pool"), [(0, "avg"), (1, "avg")])
def test_where_patches_are_pooled_the_map_is_their_mean(images: Tensor, front: int, pool: str) -> None:
    model = Transformer(front=front, pool=pool).eval()
    model(images)
    flows = [slow_flow(model.seen[:3], row)[front:, front:].mean(0) for row in range(2)]
    maps = attribute(model, images, TARGETS, method="attention_rollout").maps
    assert torch.allclose(maps, torch.stack([enlarged(flow) for flow in flows]), atol=1e-6)
    if not front:  # rows sum to one, and all of a row is on the map, 16 pixels a patch
        assert torch.allclose(maps.sum((1, 2)), torch.full((2,), 16.0), rtol=1e-4)


@pytest.mark.parametrize("way", WAYS)
def test_uniform_attention_gives_a_uniform_map(images: Tensor, way: str) -> None:
    model = Transformer(way=way, scale=0.0).eval()
    maps = attribute(model, images, TARGETS, method="attention_rollout").maps
    patch = (1 - 0.5**3) / 17  # what one skip connection of three leaves to the mean over 17 tokens
    assert torch.allclose(maps, torch.full((2, 16, 16), patch), atol=1e-6)


def test_maps_are_the_same_for_every_target_and_the_network_is_left_alone(images: Tensor) -> None:
    model = Transformer().train()
    first = attribute(model, images, [0, 0], method="attention_rollout").maps
    assert torch.equal(first, attribute(model, images, [1, 1], method="attention_rollout").maps)
    assert model.training
    assert all(parameter.requires_grad and parameter.grad is None for parameter in model.parameters())


def test_networks_without_attention_among_all_tokens_are_refused(images: Tensor) -> None:
    convolution = nn.Sequential(nn.Conv2d(3, 2, 3), nn.AdaptiveAvgPool2d(1), nn.Flatten())
    with pytest.raises(ValueError, match=r"expected a transformer.*got attention of shapes none; grad_cam"):
        attribute(convolution, images, TARGETS, method="attention_rollout")

    def windows(pixels: Tensor) -> Tensor:
        tokens = pixels.unflatten(2, (2, 8)).movedim(2, 1).flatten(0, 1).flatten(2).mT[:, None]
        logits: Tensor = (
            F.scaled_dot_product_attention(tokens, tokens, tokens).mean((1, 2)).unflatten(0, (-1, 2)).mean(1)
        )
        return logits

    with pytest.raises(ValueError, match=r"expected attention among all tokens of an image.*for 2 images"):
        attribute(windows, images, TARGETS, method="attention_rollout")

    def pooled(pixels: Tensor) -> Tensor:
        tokens = pixels.flatten(2).mT[:, None]
        return F.scaled_dot_product_attention(tokens[:, :, :4], tokens, tokens).mean((1, 2))

    with pytest.raises(ValueError, match=r"got attention of shapes \[\(4, 256\)\]"):
        attribute(pooled, images, TARGETS, method="attention_rollout")
