import pytest
import timm
import torch
from torch import nn

from benchmarks.classifier import Classifier
from benchmarks.global_statistics import PIXELS, every_site, stages
from tests.benchmarks.global_statistics.conftest import Convolutions, MeanColour

IMAGE = torch.zeros(1, 3, 32, 32)


def names(depths) -> list[str]:
    return [depth.name for depth in depths]


def test_stages_end_where_maps_get_smaller_and_one_position_is_none(network: Convolutions) -> None:
    depths = stages(network, IMAGE)
    assert names(depths) == [PIXELS, "stem", "first", "second"]
    stem, first, second = 32 * 32 * 27 * 4, 16 * 16 * 36 * 6, 8 * 8 * 54 * 8
    total = stem + first + second + 8 * 8 + 8 * 3
    assert [depth.share for depth in depths] == pytest.approx(
        [0, stem / total, (stem + first) / total, (stem + first + second) / total]
    )


def test_names_are_those_of_the_network_inside_of_a_classifier(network: Convolutions) -> None:
    classifier = Classifier(network, mean=(0.5,) * 3, std=(0.5,) * 3, class_names=["a", "b", "c"]).eval()
    assert names(stages(classifier, IMAGE)) == names(stages(network, IMAGE))
    assert names(every_site(classifier, IMAGE)) == [PIXELS, "first.0", "second.0"]


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("test_resnet", ["act1", "layer1", "layer2", "layer3"]),
        ("test_convnext", ["stages.0", "stages.1", "stages.2"]),
        ("test_efficientnet", ["blocks.0", "blocks.1", "blocks.2", "blocks.3"]),
        ("test_vit", ["patch_embed.proj"]),
    ],
)
def test_networks_of_timm_tell_their_stages(name: str, expected: list[str]) -> None:
    module = timm.create_model(name, img_size=32) if name == "test_vit" else timm.create_model(name)
    depths = stages(module.eval(), IMAGE)
    assert names(depths) == [PIXELS, *expected]
    shares = [depth.share for depth in depths]
    assert shares == sorted(shares) and shares[-1] <= 1


def test_bottlenecks_whose_stride_comes_late_do_not_hide_the_end_of_a_stage() -> None:
    module = timm.create_model("resnet26", num_classes=3).eval()
    module.feature_info = None
    assert names(stages(module, IMAGE)) == [PIXELS, "conv1", "layer1", "layer2", "layer3"]


def test_every_site_is_a_site_of_padain_or_without_batch_norm_every_convolution() -> None:
    resnet = timm.create_model("resnet18", num_classes=3).eval()
    image = torch.zeros(1, 3, 64, 64)
    assert len(every_site(resnet, image)) == 1 + 17
    plain = nn.Sequential(nn.Conv2d(3, 2, 3), nn.ReLU(), nn.Conv2d(2, 2, 3), nn.AdaptiveAvgPool2d(1), nn.Flatten())
    assert names(every_site(plain.eval(), image)) == [PIXELS, "0", "2"]


def test_without_convolutions_there_are_pixels_alone() -> None:
    assert names(stages(MeanColour(), IMAGE)) == names(every_site(MeanColour(), IMAGE)) == [PIXELS]
    assert stages(MeanColour(), IMAGE)[0].share == 0
