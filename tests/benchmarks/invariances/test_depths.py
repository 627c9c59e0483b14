import pytest
import timm
import torch

from benchmarks.invariances.depths import choose_layers
from tests.benchmarks.global_statistics.conftest import Convolutions

IMAGE = torch.zeros(1, 3, 32, 32)


def test_the_last_stages_of_timm_and_of_any_network():
    network = timm.create_model("test_resnet", num_classes=3).eval()
    assert list(choose_layers(network, IMAGE)) == ["layer2", "layer3", "layer4"]
    plain = Convolutions().eval()
    assert list(choose_layers(plain, IMAGE)) == ["stem", "first", "second"]


def test_named_layers_come_as_asked_and_others_are_refused():
    plain = Convolutions().eval()
    found = choose_layers(plain, IMAGE, ["first.0", "squeeze"])
    assert found == {"first.0": plain.first[0], "squeeze": plain.squeeze}
    with pytest.raises(ValueError, match="among modules such as stem, first, second, squeeze, head, got 'fc'"):
        choose_layers(plain, IMAGE, ["fc"])
