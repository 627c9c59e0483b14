"""The state of a training between two epochs, in one safetensors file without pickled objects.

No state of a random generator is kept: every epoch starts from seeds that follow from the setting, so that a training
that was killed goes on exactly as it would have.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from safetensors import SafetensorError, safe_open
from safetensors.torch import save
from torch import Tensor

from reports.records import write_atomically

__all__ = ["State", "read_state", "write_state"]


@dataclass(frozen=True, kw_only=True)
class State:
    """What a training is after some epochs.

    Attributes:
        epochs: that are finished.
        log: a row for each of them.
        tensors: by group (``network``, ``optimiser``, ``average``, ``best``) and name.
    """

    epochs: int
    log: list[dict[str, Any]] = field(default_factory=list)
    tensors: Mapping[str, Mapping[str, Tensor]] = field(default_factory=dict)


def write_state(path: Path, state: State, fingerprint: str) -> None:
    """Replace the state on disk at once, or not at all."""
    tensors = {
        f"{group}/{name}": tensor.detach().cpu().contiguous()
        for group, members in state.tensors.items()
        for name, tensor in members.items()
    }
    notes = {"fingerprint": fingerprint, "epochs": str(state.epochs), "log": json.dumps(state.log)}
    write_atomically(path, save(tensors, notes))


def read_state(path: Path, fingerprint: str) -> State | None:
    """The state on disk, or None if there is none of this training that can be read."""
    try:
        with safe_open(path, framework="pt") as file:
            notes = file.metadata() or {}
            if notes.get("fingerprint") != fingerprint:
                return None
            tensors: dict[str, dict[str, Tensor]] = {}
            for key in file.keys():  # noqa: SIM118 - no mapping
                group, _, name = key.partition("/")
                tensors.setdefault(group, {})[name] = file.get_tensor(key)
    except (FileNotFoundError, SafetensorError):
        return None
    return State(epochs=int(notes["epochs"]), log=json.loads(notes["log"]), tensors=tensors)
