import pytest
import timm
import torch
from torch import Tensor, nn

from robustness.padain_sites import padain_sites


def convolutions(model: nn.Module) -> list[str]:
    return [name for name, module in model.named_modules() if isinstance(module, nn.Conv2d)]


def followed_by_norm(model: nn.Module, size: int) -> set[str]:
    """Convolutions whose very output a batch norm reads in a real pass: the definition, by running."""
    produced: dict[int, str] = {}
    kept: list[Tensor] = []  # an address must not be used twice
    found: set[str] = set()

    def note(name: str, output: Tensor) -> None:
        kept.append(output)
        produced[id(output)] = name

    for name, module in model.named_modules():
        if isinstance(module, nn.Conv2d):
            module.register_forward_hook(lambda module, inputs, output, name=name: note(name, output))
        elif isinstance(module, nn.BatchNorm2d):
            module.register_forward_pre_hook(lambda module, inputs: found.add(produced.get(id(inputs[0]), "")))
    model.eval()(torch.zeros(1, 3, size, size))
    return found - {""}


# Sites are the stem and every convolution of the residual branches: 1 + 2 * 8, 1 + 3 * 16, ...
COUNTS = {
    "resnet18": 17,
    "resnet50": 49,
    "resnext50_32x4d": 49,
    "wide_resnet50_2": 49,
    "densenet121": 120,
}


@pytest.mark.parametrize(("name", "count"), COUNTS.items())
def test_sites_are_counted(name: str, count: int) -> None:
    with torch.device("meta"):
        model = timm.create_model(name)
    sites = padain_sites(model)
    assert len(sites) == count
    assert not any("downsample" in site for site in sites)
    assert sites == [name for name in convolutions(model) if name in set(sites)]


RUN = (
    *("resnet10t", "test_resnet", "seresnet18", "regnety_002", "mobilenetv2_050", "mobilenetv3_small_050"),
    *("efficientnet_lite0", "test_efficientnet", "test_byobnet", "res2net50_14w_8s", "skresnet18"),
)


@pytest.mark.parametrize("name", RUN)
def test_sites_are_what_a_batch_norm_reads_in_a_real_pass(name: str) -> None:
    model = timm.create_model(name)
    expected = {site for site in followed_by_norm(model, 64) if "downsample" not in site and "shortcut" not in site}
    assert set(padain_sites(model)) == expected


def test_a_convnext_with_batch_norm_has_its_depthwise_convolutions_and_the_stem() -> None:
    with torch.device("meta"):
        sites = padain_sites(timm.create_model("convnext_atto", norm_layer="batchnorm2d"))
    assert sites == ["stem.0", *(site for site in sites if site.endswith("conv_dw"))]
    assert len(sites) == 1 + 12


class PreActivation(nn.Module):
    """A block as in He et al. 2016: norm, convolution, norm, convolution, and a way around."""

    def __init__(self, inputs: int, outputs: int) -> None:
        super().__init__()
        self.bn1 = nn.BatchNorm2d(inputs)
        self.conv1 = nn.Conv2d(inputs, outputs, 3)
        self.bn2 = nn.BatchNorm2d(outputs)
        self.conv2 = nn.Conv2d(outputs, outputs, 3)
        self.shortcut = nn.Sequential(nn.Conv2d(inputs, outputs, 1))


def test_preactivation_networks_have_every_convolution_and_the_stem() -> None:
    blocks = nn.Sequential(PreActivation(4, 4), PreActivation(4, 6))
    model = nn.Sequential(nn.Conv2d(3, 4, 3), blocks, nn.BatchNorm2d(6))
    assert padain_sites(model) == ["0", "1.0.conv1", "1.0.conv2", "1.1.conv1", "1.1.conv2"]


def test_transitions_of_a_dense_network_count_as_a_part_and_within_a_plain_container() -> None:
    transition = [nn.BatchNorm2d(6), nn.ReLU(), nn.Conv2d(6, 4, 1), nn.AvgPool2d(2)]
    blocks = [PreActivation(4, 6), *transition, PreActivation(4, 6), nn.BatchNorm2d(6)]
    model = nn.Sequential(nn.Conv2d(3, 4, 3), *blocks)
    assert padain_sites(model) == convolutions_off_the_shortcut(model)


def convolutions_off_the_shortcut(model: nn.Module) -> list[str]:
    return [name for name in convolutions(model) if "shortcut" not in name]


def test_the_last_norm_of_a_network_of_constant_width_takes_no_site() -> None:
    model = nn.Sequential(nn.Conv2d(3, 4, 3), PreActivation(4, 4), nn.BatchNorm2d(4))
    assert padain_sites(model) == ["0", "1.conv1", "1.conv2"]


def test_convolutions_without_batch_norm_are_no_sites() -> None:
    gate = nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Conv2d(4, 2, 1), nn.ReLU(), nn.Conv2d(2, 4, 1))
    assert padain_sites(nn.Sequential(nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4), gate)) == ["0"]
    assert padain_sites(nn.Sequential(nn.Conv2d(3, 4, 3), nn.GroupNorm(2, 4))) == []
    assert padain_sites(nn.Linear(3, 4)) == []


def test_synchronised_batch_norm_counts() -> None:
    model = nn.SyncBatchNorm.convert_sync_batchnorm(nn.Sequential(nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4)))
    assert padain_sites(model) == ["0"]
