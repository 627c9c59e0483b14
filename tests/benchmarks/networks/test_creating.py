import pytest
import torch

from benchmarks.networks import NETWORKS, check_network, create_network, has_published_weights
from robustness.padain import padain_sites

# Parameters for 10 classes: 2.2M, 36.5M (Zagoruyko and Komodakis, table 4), 1.0M, 0.8M (Huang et al., table 2); the
# other counts follow from the papers' layer tables.
PARAMETERS = {
    "wrn_40_2": 2_243_546,
    "wrn_28_10": 36_479_194,
    "densenet_40_12": 1_019_722,
    "densenet_bc_100_12": 769_162,
    "resnext29_32x4": 6_807_882,
    "cifar_resnet18": 11_173_962,
    "cifar_resnet50": 23_520_842,
}


@pytest.mark.parametrize(("name", "count"), PARAMETERS.items())
def test_networks_have_the_papers_number_of_parameters(name: str, count: int) -> None:
    with torch.device("meta"):
        network = create_network(name, 10)
    assert sum(parameter.numel() for parameter in network.parameters()) == count
    assert network.num_classes == 10
    head = network.get_submodule(network.pretrained_cfg["classifier"])
    assert head.out_features == 10, "the zoo counts the classes of weights by it"


def test_every_network_is_counted() -> None:
    assert set(NETWORKS) <= set(PARAMETERS)


@pytest.mark.parametrize("name", ["cifar_test_resnet", "test_vit", "test_efficientnet"])
def test_small_images_pass_through(name: str) -> None:
    network = create_network(name, 3, (32, 32)).eval()
    assert network(torch.zeros(2, 3, 32, 32)).shape == (2, 3)


def test_unknown_names_get_near_ones() -> None:
    with pytest.raises(ValueError, match="got 'wrn_40_3'; close names: .*wrn_40_2"):
        check_network("wrn_40_3")
    with pytest.raises(ValueError, match="close names: .*cifar_resnet18"):
        create_network("cifar_resnet1", 10)


def test_who_has_published_weights() -> None:
    assert has_published_weights("resnet18")
    assert not has_published_weights("cifar_resnet18")
    assert not has_published_weights("wrn_40_2")


@pytest.mark.parametrize(
    ("name", "sites"), [("cifar_resnet18", 17), ("cifar_resnet50", 49), ("wrn_40_2", 37), ("densenet_40_12", 39)]
)
def test_padain_finds_every_convolution_but_the_shortcuts(name: str, sites: int) -> None:
    with torch.device("meta"):
        assert len(padain_sites(create_network(name, 10))) == sites
