import pytest
import timm
import torch
from torch import Tensor, nn

from benchmarks.classifier import Classifier
from benchmarks.concepts.layers import default_layer, open_layer


def wrapped(module: nn.Module) -> Classifier:
    return Classifier(module, mean=(0.5,) * 3, std=(0.5,) * 3, class_names=["a", "b", "c"]).eval()


@pytest.fixture(scope="module")
def classifier() -> Classifier:
    torch.manual_seed(0)
    return wrapped(timm.create_model("test_resnet", num_classes=3))


@pytest.fixture(scope="module")
def images() -> Tensor:
    return torch.rand(5, 3, 32, 32, generator=torch.Generator().manual_seed(1))


@pytest.mark.parametrize("name", ["layer2", "layer4", "global_pool", "fc:input", "layer2.0.act2:input"])
def test_both_parts_make_the_classifier(classifier: Classifier, images: Tensor, name: str) -> None:
    layer = open_layer(classifier, name, images)
    features = layer.features(images)
    assert features.shape == (5, layer.width)
    before = features.clone()
    some = torch.tensor([4, 4, 0, 1, 2, 3, 0])
    assert torch.allclose(layer.logits(features[some]), classifier(images)[some], atol=1e-5)
    assert torch.equal(features, before)  # activations in place work on a copy
    assert torch.equal(
        layer.features((images * 255).round().byte())[:1], layer.features((images * 255).round() / 255)[:1]
    )


def test_an_activation_is_seen_before_and_after(classifier: Classifier, images: Tensor) -> None:
    before = open_layer(classifier, "layer2.0.act2:input", images).features(images)
    after = open_layer(classifier, "layer2.0.act2", images).features(images)
    assert before.min() < 0 and torch.equal(before.relu(), after)


def test_the_head_reads_the_default(classifier: Classifier, images: Tensor) -> None:
    assert default_layer(classifier, images[:1]) == "fc:input"
    features = open_layer(classifier, "fc:input", images).features(images)
    module: nn.Module = classifier.module.get_submodule("fc")
    assert torch.allclose(module(features), classifier(images), atol=1e-5)
    vision = wrapped(timm.create_model("test_vit", num_classes=3, img_size=32))
    assert default_layer(vision, images[:1]) == "head:input"
    assert open_layer(vision, "blocks.3", images).shape == (5, 64)
    with pytest.raises(ValueError, match="expected a network that ends in a linear layer"):
        default_layer(nn.Conv2d(3, 3, 1), images[:1])


class Around(nn.Module):
    """A layer beside the path that the decision takes, and one that runs twice."""

    def __init__(self) -> None:
        super().__init__()
        self.twice, self.head, self.pair = nn.Linear(48, 48), nn.Linear(48, 3), nn.Identity()

    def forward(self, images: Tensor) -> Tensor:
        x = images.flatten(1)
        self.pair((x, x))
        return self.head(x + self.twice(self.twice(x)))


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("layer4.0.bn1", "expected to go on from 'layer4.0.bn1' alone, got logits that differ by"),
        ("nothing", "expected a layer of ResNet, got 'nothing'; there are conv1, bn1"),
        ("layer1.0.drop_block", "logits that differ"),
    ],
)
def test_layers_that_do_not_hold_the_decision(classifier: Classifier, images: Tensor, name: str, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        open_layer(classifier, name, images)


def test_layers_that_are_none(images: Tensor) -> None:
    network, small = Around().eval(), images[..., :4, :4]
    with pytest.raises(ValueError, match="expected a layer that runs once a pass, got 'twice', which runs 2 times"):
        open_layer(network, "twice", small)
    with pytest.raises(ValueError, match="one row of features for each image, got 'pair' with tuple"):
        open_layer(network, "pair", small)
    wide = nn.Sequential(nn.Conv2d(3, 32, 1), nn.AdaptiveAvgPool2d(1), nn.Flatten()).eval()
    with pytest.raises(ValueError, match=r"at most 20,000 features, got '0' with 32,768"):
        open_layer(wide, "0", images)
