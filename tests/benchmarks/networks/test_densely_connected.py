import pytest
import torch

from benchmarks.networks import DenseNet


@pytest.mark.parametrize(
    ("depth", "growth", "compressed", "millions"),
    [(40, 12, False, 1.0), (100, 12, False, 7.0), (100, 12, True, 0.8), (250, 24, True, 15.3)],
)
def test_parameters_are_those_of_the_paper(depth: int, growth: int, compressed: bool, millions: float) -> None:
    """Huang et al., table 2."""
    with torch.device("meta"):
        network = DenseNet(depth, growth, 10, compressed=compressed)
    count = sum(parameter.numel() for parameter in network.parameters())
    assert round(count / 1e6, 1) == pytest.approx(millions, abs=0.11)


def test_every_layer_passes_its_input_on() -> None:
    network = DenseNet(10, 4, 3, compressed=True).eval()
    layer = network.features[1]
    features = torch.randn(2, 8, 5, 5)
    grown = layer(features)
    assert grown.shape == (2, 12, 5, 5)
    assert torch.equal(grown[:, :8], features)


def test_an_image_is_halved_twice() -> None:
    network = DenseNet(7, 4, 3, compressed=False).eval()
    assert network.features(torch.zeros(1, 3, 32, 32)).shape == (1, 16 + 3 * 4, 8, 8)
    assert network(torch.zeros(2, 3, 32, 32)).shape == (2, 3)


@pytest.mark.parametrize(("depth", "compressed"), [(41, False), (40 + 3, True)])
def test_depths_that_do_not_exist_are_refused(depth: int, compressed: bool) -> None:
    with pytest.raises(ValueError, match="expected `depth` of"):
        DenseNet(depth, 12, 10, compressed=compressed)
