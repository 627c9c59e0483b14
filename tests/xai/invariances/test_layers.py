import pytest
import torch
from torch import nn

from tests.xai.invariances.networks import colour_layers
from xai.invariances import LOGITS, Layers, as_rows


def test_every_layer_is_told_once_and_as_it_was():
    layers, images = colour_layers(), torch.rand(5, 3, 16, 16)
    found = layers(images)
    assert list(found) == list(layers.names) == ["pool", "mean", LOGITS]
    assert torch.equal(found["pool"], nn.functional.avg_pool2d(images, 4)), "what follows works in place"
    assert torch.equal(found[LOGITS], layers.classifier(images))
    assert not layers.classifier.pool._forward_hooks, "nothing stays behind"
    rows = layers.rows(images, batch_size=2)
    assert rows["pool"].shape == (5, 48) and torch.equal(rows["pool"], found["pool"].flatten(1))


def test_gradients_reach_the_pixels():
    images = torch.rand(1, 3, 16, 16, requires_grad=True)
    colour_layers()(images)["pool"].sum().backward()
    assert torch.allclose(images.grad, torch.full_like(images, 1 / 16))


def test_wide_features_are_averaged_over_neighbours():
    features = torch.rand(2, 16, 40, 40)
    rows = as_rows(features)
    assert rows.shape == (2, 16 * 16 * 16) and torch.isclose(rows.mean(), features.mean(), atol=1e-2)
    assert as_rows(torch.rand(2, 100, 64)).shape == (2, 64 * 64)
    assert as_rows(torch.rand(2, 9000)).shape == (2, 9000), "nothing to average over"
    assert as_rows(torch.rand(2, 8000, 1, 1)).shape == (2, 8000)


def test_mistakes_are_said():
    network = colour_layers().classifier
    with pytest.raises(ValueError, match="expected names of parts other than 'logits'"):
        Layers(network, {"logits": network.head})
    with pytest.raises(ValueError, match="expected one row an image from other, got none; choose another layer"):
        Layers(network, {"other": nn.Identity()})(torch.rand(2, 3, 16, 16))
