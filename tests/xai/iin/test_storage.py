"""A network on disk is the same network."""

from pathlib import Path

import pytest
import torch

from tests.xai.iin.gaussian_pairs import normal, planted
from xai.flows import Flow, save_flow
from xai.iin.network import fit_rotation
from xai.iin.storage import load_network, save_network


@pytest.mark.parametrize("bent", [False, True])
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64], ids=str)
def test_a_loaded_network_equals_the_saved_one(tmp_path: Path, bent: bool, dtype: torch.dtype) -> None:
    data = planted(50)
    network, _ = fit_rotation(data.features, data.pairs, components=8, generator=torch.Generator().manual_seed(0))
    if bent:
        flow = Flow(8, blocks=2, hidden=8).double()
        with torch.no_grad():
            for seed, parameter in enumerate(flow.parameters()):
                parameter.add_(0.1 * normal(*parameter.shape, seed=seed))
        network = network.with_flow(flow)
    network = network.to(dtype).requires_grad_(requires_grad=False)
    save_network(network, tmp_path / "network.safetensors")
    loaded = load_network(tmp_path / "network.safetensors")
    features = data.features.to(dtype)
    ours, theirs = loaded(features), network(features)
    assert torch.equal(ours.factors, theirs.factors)
    assert torch.equal(ours.rest, theirs.rest)
    assert torch.equal(loaded.inverse(ours), network.inverse(theirs))
    assert loaded.sizes == network.sizes
    assert (loaded.flow is None) == (not bent)


def test_a_flow_is_no_network(tmp_path: Path) -> None:
    save_flow(Flow(2, blocks=1, hidden=4), tmp_path / "flow.safetensors")
    with pytest.raises(ValueError, match="expected interpretation_network in .*, got flow"):
        load_network(tmp_path / "flow.safetensors")
