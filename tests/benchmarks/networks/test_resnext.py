import pytest
import torch
from torch import nn

from benchmarks.networks import ResNeXt


def block_parameters(inputs: int, planes: int, cardinality: int, width: int) -> int:
    """Weights and norms of a block by the paper's table 1, C groups of d channels."""
    inner, outputs = planes * width // 64 * cardinality, 4 * planes
    grouped = 9 * inner * inner // cardinality
    shortcut = inputs * outputs + 2 * outputs if inputs != outputs else 0
    return inputs * inner + grouped + inner * outputs + 2 * (inner + inner + outputs) + shortcut


@pytest.mark.parametrize(("cardinality", "width"), [(4, 32), (8, 64), (2, 8)])
def test_parameters_follow_the_formula(cardinality: int, width: int) -> None:
    with torch.device("meta"):
        network = ResNeXt(29, cardinality, width, 10)
    expected = 3 * 9 * 64 + 2 * 64 + 1024 * 10 + 10
    inputs = 64
    for planes in (64, 128, 256):
        for _ in range(3):
            expected += block_parameters(inputs, planes, cardinality, width)
            inputs = 4 * planes
    assert sum(parameter.numel() for parameter in network.parameters()) == expected


def test_the_papers_8x64d_has_34_million_parameters() -> None:
    """Xie et al., table 7: 34.4M."""
    with torch.device("meta"):
        network = ResNeXt(29, 8, 64, 10)
    assert round(sum(parameter.numel() for parameter in network.parameters()) / 1e6, 1) == 34.4


def test_an_image_is_halved_twice() -> None:
    network = ResNeXt(11, 2, 8, 4).eval()
    sizes = []
    network.stages[-1].register_forward_hook(lambda module, inputs, output: sizes.append(tuple(output.shape)))
    assert network(torch.zeros(2, 3, 32, 32)).shape == (2, 4)
    assert sizes == [(2, 1024, 8, 8)]
    assert all(module.bias is None for module in network.modules() if isinstance(module, nn.Conv2d))


def test_depths_that_do_not_exist_are_refused() -> None:
    with pytest.raises(ValueError, match="expected `depth` of 9 n \\+ 2, got 30"):
        ResNeXt(30, 4, 32, 10)
