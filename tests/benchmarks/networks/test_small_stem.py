import pytest
import timm
import torch
from torch import nn

from benchmarks.networks import small_stem


@pytest.mark.parametrize("name", ["test_resnet", "resnet18", "test_efficientnet", "densenet121"])
def test_the_stem_keeps_the_size(name: str) -> None:
    plain = timm.create_model(name, num_classes=3)
    first = plain.pretrained_cfg["first_conv"]
    network = small_stem(timm.create_model(name, num_classes=3), first_conv=first).eval()
    sizes = []
    network.get_submodule(first).register_forward_hook(lambda module, inputs, output: sizes.append(output.shape[-1]))
    with torch.no_grad():
        assert network(torch.zeros(1, 3, 32, 32)).shape == (1, 3)
        before, after = (one.eval().forward_features(torch.zeros(1, 3, 32, 32)) for one in (plain, network))
    assert set(sizes) == {32}
    assert after.shape[-1] >= 2 * before.shape[-1]
    assert not any(isinstance(module, nn.MaxPool2d) for module in network.modules())


def test_a_kernel_of_seven_becomes_three() -> None:
    network = small_stem(timm.create_model("resnet18", num_classes=3), first_conv="conv1")
    assert network.conv1.kernel_size == (3, 3) and network.conv1.stride == (1, 1)


def test_patches_are_refused() -> None:
    with pytest.raises(ValueError, match="use its name without cifar_"):
        small_stem(timm.create_model("test_vit", num_classes=3), first_conv="patch_embed.proj")
