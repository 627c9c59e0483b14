"""Weights on disk: read without running code, written with what makes them usable, hashed."""

import hashlib
import json
import pickle
from pathlib import Path

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import load_file, save
from torch import Tensor, nn

from reports.records import write_atomically

__all__ = ["hash_weights", "read_checkpoint", "read_checkpoint_metadata", "write_checkpoint"]

_TORCH_SUFFIXES = (".pt", ".pth", ".bin", ".ckpt", ".tar")


def read_checkpoint(path: Path, *, trusted: bool = False) -> dict[str, Tensor]:
    """Read a state dict.

    Args:
        path: a ``.safetensors`` file, or a torch file.
        trusted: also unpickle torch files that hold more than tensors, which can run any code in them.

    Returns:
        Parameter names to tensors on the CPU, wrappers such as ``state_dict`` and ``module.`` taken off.

    Raises:
        FileNotFoundError: there is no such file.
        ValueError: the file is not a checkpoint, or needs trust that was not given.
    """
    if not path.is_file():
        raise FileNotFoundError(f"expected a checkpoint file, got {path}, which is not there")
    if path.suffix == ".safetensors":
        try:
            return load_file(path)
        except SafetensorError as error:
            raise ValueError(f"expected a safetensors file, got {path}: {error}") from error
    if path.suffix not in _TORCH_SUFFIXES:
        raise ValueError(f"expected a checkpoint ending in .safetensors or {_TORCH_SUFFIXES}, got {path.name}")
    return _unwrap(_load_torch(path, trusted=trusted), path)


def _load_torch(path: Path, *, trusted: bool) -> object:
    try:
        return torch.load(path, map_location="cpu", weights_only=not trusted)
    except pickle.UnpicklingError as error:
        if trusted:
            raise ValueError(f"expected a torch checkpoint, got {path}: {error}") from error
        raise ValueError(
            f"expected plain tensors in {path}, got pickled objects, which can run code when they are read; "
            "save the weights as safetensors, or pass --trust-checkpoint if you made the file yourself"
        ) from error
    except (RuntimeError, EOFError, OSError) as error:
        raise ValueError(f"expected a torch checkpoint, got {path}: {error}") from error


def _unwrap(content: object, path: Path) -> dict[str, Tensor]:
    from timm.models import clean_state_dict

    if isinstance(content, nn.Module):
        return dict(content.state_dict())
    for key in ("state_dict_ema", "model_ema", "state_dict", "model"):
        if isinstance(content, dict) and isinstance(content.get(key), dict):
            content = content[key]
    if not isinstance(content, dict) or not all(isinstance(value, Tensor) for value in content.values()):
        raise ValueError(f"expected a state dict (names to tensors) in {path}, got {type(content).__name__}")
    cleaned: dict[str, Tensor] = clean_state_dict(content)
    return cleaned


def read_checkpoint_metadata(path: Path) -> dict[str, str]:
    """Read the metadata of a safetensors file; empty for other files."""
    if path.suffix != ".safetensors":
        return {}
    with safe_open(path, framework="pt") as file:
        return dict(file.metadata() or {})


def write_checkpoint(module: nn.Module, path: Path, *, class_names: tuple[str, ...], **metadata: str) -> None:
    """Write a module's weights as safetensors with its class names, atomically."""
    state = {name: tensor.detach().cpu().contiguous() for name, tensor in module.state_dict().items()}
    write_atomically(path, save(state, {"class_names": json.dumps(class_names), **metadata}))


def hash_weights(module: nn.Module) -> str:
    """SHA-256 over the names, types, shapes and bytes of a module's state, in name order.

    Example:
        >>> first, second = nn.Linear(2, 2), nn.Linear(2, 2)
        >>> second.load_state_dict(first.state_dict())
        <All keys matched successfully>
        >>> hash_weights(first) == hash_weights(second)
        True
    """
    digest = hashlib.sha256()
    for name, tensor in sorted(module.state_dict().items()):
        values = tensor.detach().cpu().contiguous()
        digest.update(f"{name} {values.dtype} {tuple(values.shape)}\n".encode())
        digest.update(values.reshape(-1).view(torch.uint8).numpy().tobytes())
    return digest.hexdigest()
