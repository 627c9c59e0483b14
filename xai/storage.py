"""Tensors and what they mean in one file: safetensors with JSON in the header; reading runs no code."""

import json
import os
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from safetensors import SafetensorError, safe_open
from safetensors.torch import save
from torch import Tensor

__all__ = ["read_tensors", "write_tensors"]


def write_tensors(path: Path, tensors: Mapping[str, Tensor], *, kind: str, description: Mapping[str, Any]) -> None:
    """Write tensors with their description; the file appears whole or not at all.

    Args:
        path: a ``.safetensors`` file in a folder that exists; replaced if it is there.
        tensors: by name, any shapes; written from the CPU.
        kind: what this is, asked for again on reading.
        description: JSON values by name.
    """
    contiguous = {name: tensor.detach().cpu().contiguous() for name, tensor in tensors.items()}
    # One key: safetensors writes several in random order, and the same content should give the same bytes.
    content = save(contiguous, {kind: json.dumps(dict(description))})
    with tempfile.NamedTemporaryFile(dir=path.parent, prefix=f".{path.name}.", delete=False) as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    Path(file.name).replace(path)


def read_tensors(path: Path, *, kind: str) -> tuple[dict[str, Tensor], dict[str, Any]]:
    """Read what :func:`write_tensors` wrote.

    Args:
        path: the file.
        kind: what it should be.

    Returns:
        Tensors by name, on the CPU, and the description.

    Raises:
        FileNotFoundError: there is no such file.
        ValueError: the file holds something else.
    """
    if not path.is_file():
        raise FileNotFoundError(f"expected {kind} in {path}, got no such file")
    try:
        with safe_open(path, framework="pt") as file:
            metadata = file.metadata() or {}
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 - not a mapping
    except SafetensorError as error:
        raise ValueError(f"expected a safetensors file, got {path}: {error}") from error
    if kind not in metadata:
        raise ValueError(f"expected {kind} in {path}, got {', '.join(sorted(metadata)) or 'tensors alone'}")
    return tensors, json.loads(metadata[kind])
