"""Interpretation networks on disk."""

from pathlib import Path

import torch

from xai.flows import Flow
from xai.iin.network import InterpretationNetwork
from xai.iin.pairs import RESIDUAL
from xai.iin.whitening import Whitening
from xai.storage import read_tensors, write_tensors

__all__ = ["load_network", "save_network"]

_KIND = "interpretation_network"


def save_network(network: InterpretationNetwork, path: Path) -> None:
    """Write a network to a ``.safetensors`` file in a folder that exists; the file appears whole or not at all."""
    flow = network.flow
    description = {
        "features": len(network.whitening.mean),
        "sizes": network.sizes,
        "flow": None if flow is None else {"blocks": len(flow.blocks), "hidden": flow.hidden},
    }
    write_tensors(path, network.state_dict(), kind=_KIND, description=description)


def load_network(path: Path) -> InterpretationNetwork:
    """Read what :func:`save_network` wrote: on the CPU, equal to the saved network in every output.

    Raises:
        FileNotFoundError: there is no such file.
        ValueError: the file is not an interpretation network.
    """
    tensors, description = read_tensors(path, kind=_KIND)
    sizes = description["sizes"]
    width = sum(sizes.values())
    flow = None if description["flow"] is None else Flow(width, **description["flow"])
    named = {name: size for name, size in sizes.items() if name != RESIDUAL}
    network = InterpretationNetwork(Whitening(description["features"], width), torch.eye(width), named, flow)
    network.to(tensors["rotation"].dtype).load_state_dict(tensors)
    return network.eval().requires_grad_(requires_grad=False)
