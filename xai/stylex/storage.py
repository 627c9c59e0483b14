"""A StylEx on disk: networks, their architecture, and whose classifier they belong to."""

from collections.abc import Callable, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from xai.storage import read_tensors, write_tensors
from xai.stylex.architecture import Architecture
from xai.stylex.networks import Networks
from xai.stylex.system import StylEx

__all__ = ["load_stylex", "save_stylex", "stylex_notes"]

_KIND = "stylex"


def save_stylex(system: StylEx, path: Path, *, notes: Mapping[str, Any] | None = None) -> None:
    """Write a StylEx, without its classifier, to a ``.safetensors`` file; the file appears whole or not at all.

    Args:
        system: what to keep.
        path: in a folder that exists.
        notes: JSON values about it, such as its recipe and class names.
    """
    description = {
        "architecture": asdict(system.networks.architecture),
        "weights_hash": system.weights_hash,
        "notes": dict(notes or {}),
    }
    write_tensors(path, system.networks.state_dict(), kind=_KIND, description=description)


def load_stylex(
    path: Path,
    classifier: Callable[[Tensor], Tensor],
    *,
    weights_hash: str,
    device: torch.device | str = "cpu",
) -> StylEx:
    """Read what :func:`save_stylex` wrote: equal to the saved system in every output.

    Args:
        path: the file.
        classifier: that it was trained for.
        weights_hash: of this classifier's weights.
        device: where to put it.

    Raises:
        FileNotFoundError: there is no such file.
        ValueError: the file is no StylEx, or belongs to another classifier.
    """
    tensors, description = read_tensors(path, kind=_KIND)
    if description["weights_hash"] != weights_hash:
        raise ValueError(
            f"expected a StylEx of the classifier with weights {weights_hash[:12]}, got one of "
            f"{description['weights_hash'][:12]} in {path}; train one for this classifier"
        )
    sizes: dict[str, Any] = description["architecture"]
    lists = {name: tuple(one) for name, one in sizes.items() if isinstance(one, list)}
    networks = Networks(Architecture(**{**sizes, **lists}))
    networks.load_state_dict(tensors)
    networks.to(device).eval().requires_grad_(requires_grad=False)
    if isinstance(classifier, nn.Module):
        classifier.to(device).eval()
    return StylEx(networks=networks, classifier=classifier, weights_hash=weights_hash)


def stylex_notes(path: Path) -> dict[str, Any]:
    """The notes of a file that :func:`save_stylex` wrote."""
    _, description = read_tensors(path, kind=_KIND)
    notes: dict[str, Any] = description["notes"]
    return notes
