"""Autoencoders and invariance networks on disk."""

from pathlib import Path

from xai.iin.whitening import Whitening
from xai.invariances.autoencoder import Autoencoder
from xai.invariances.conditional import ConditionalFlow
from xai.invariances.network import InvarianceNetwork
from xai.storage import read_tensors, write_tensors

__all__ = ["load_autoencoder", "load_invariances", "save_autoencoder", "save_invariances"]

_AUTOENCODER, _INVARIANCES = "autoencoder", "invariances"


def save_autoencoder(autoencoder: Autoencoder, path: Path) -> None:
    """Write an autoencoder to a ``.safetensors`` file in a folder that exists; it appears whole or not at all."""
    description = {"size": list(autoencoder.size), "code": autoencoder.code, "width": autoencoder.width}
    write_tensors(path, autoencoder.state_dict(), kind=_AUTOENCODER, description=description)


def load_autoencoder(path: Path) -> Autoencoder:
    """Read what :func:`save_autoencoder` wrote: on the CPU, equal to the saved one in every output.

    Raises:
        FileNotFoundError: there is no such file.
        ValueError: the file is not an autoencoder.
    """
    tensors, description = read_tensors(path, kind=_AUTOENCODER)
    height, width = description["size"]
    autoencoder = Autoencoder((height, width), code=description["code"], width=description["width"])
    autoencoder.load_state_dict(tensors)
    return autoencoder.eval().requires_grad_(requires_grad=False)


def save_invariances(network: InvarianceNetwork, path: Path) -> None:
    """Write a network to a ``.safetensors`` file in a folder that exists; it appears whole or not at all."""
    flow = network.flow
    description = {
        "features": len(network.whitening.mean),
        "known": len(network.whitening.spread),
        "code": len(network.bias),
        "flow": None if flow is None else {"blocks": flow.blocks, "hidden": flow.hidden},
    }
    write_tensors(path, network.state_dict(), kind=_INVARIANCES, description=description)


def load_invariances(path: Path) -> InvarianceNetwork:
    """Read what :func:`save_invariances` wrote: on the CPU, equal to the saved network in every output.

    Raises:
        FileNotFoundError: there is no such file.
        ValueError: the file is not an invariance network.
    """
    tensors, description = read_tensors(path, kind=_INVARIANCES)
    known, code = description["known"], description["code"]
    flow = None if description["flow"] is None else ConditionalFlow(code, context=known, **description["flow"])
    network = InvarianceNetwork(Whitening(description["features"], known), code, flow)
    network.to(tensors["bias"].dtype).load_state_dict(tensors)
    return network.eval().requires_grad_(requires_grad=False)
