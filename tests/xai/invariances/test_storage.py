from pathlib import Path

import pytest
import torch

from tests.xai.invariances.gaussian_codes import gaussian_codes
from tests.xai.invariances.networks import untrained
from tests.xai.invariances.test_network import bent
from xai.invariances import fit_linear, load_autoencoder, load_invariances, save_autoencoder, save_invariances


def test_an_autoencoder_is_the_same_again(tmp_path: Path) -> None:
    autoencoder, images = untrained(), torch.rand(2, 3, 16, 16)
    save_autoencoder(autoencoder, tmp_path / "a.safetensors")
    assert torch.equal(load_autoencoder(tmp_path / "a.safetensors")(images), autoencoder(images))


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64], ids=str)
def test_a_network_is_the_same_again_with_and_without_flow(tmp_path: Path, dtype: torch.dtype) -> None:
    codes, features, _ = (x.to(dtype) for x in gaussian_codes(50))
    linear = fit_linear(codes, features)
    for network in (linear, bent(linear, dtype)):
        save_invariances(network, tmp_path / "n.safetensors")
        loaded = load_invariances(tmp_path / "n.safetensors")
        v, logdet = network(codes, features)
        assert torch.equal(loaded(codes, features)[0], v) and torch.equal(loaded(codes, features)[1], logdet)
        assert torch.equal(loaded.inverse(v, features), network.inverse(v, features))


def test_one_is_not_the_other(tmp_path: Path) -> None:
    save_autoencoder(untrained(), tmp_path / "a.safetensors")
    with pytest.raises(ValueError, match="expected invariances in .*, got autoencoder"):
        load_invariances(tmp_path / "a.safetensors")
