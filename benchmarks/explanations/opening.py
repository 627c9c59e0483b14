"""The folder of an explain run: its own, or that of another run of the same models on the same data."""

import hashlib
from pathlib import Path
from typing import Any

import torch

from benchmarks.plan import Plan
from benchmarks.request import Resolved
from benchmarks.runs import OtherRunError, default_folder, open_run
from reports.records import read_run, write_run

__all__ = ["explained_folder", "open_explained"]


def explained_folder(plan: Plan) -> Path:
    """Where the run goes unless told otherwise; never the folder that an audit would choose."""
    folder = default_folder(plan)
    return folder.with_name(f"{folder.name}-explained")


def open_explained(resolved: Resolved, run: Path, *, device: torch.device, command: str) -> None:
    """Start a run in ``run``, or find one of the same models and data there.

    What is there may be an audit of fewer images of the same data: both share the folder, and the page shows both.

    Args:
        resolved: models and data.
        run: the folder, made if it is not there.
        device: where it starts.
        command: the command line, for the page.

    Raises:
        OtherRunError: the folder holds a run of other models or data.
        ValueError: the folder holds something else.
    """
    if not (run / "run.json").exists():
        metadata = open_run(resolved, run, device=device, command=command)
        own = hashlib.sha256(f"explained\0{metadata['run_fingerprint']}".encode()).hexdigest()
        write_run(run, metadata | {"run_fingerprint": own})  # an audit must not take this folder for its own
        return
    theirs, ours = _identity(read_run(run)), _identity(resolved.plan.describe())
    for part, value in ours.items():
        if theirs[part] != value:
            raise OtherRunError(
                f"expected {run} to hold a run of the same models and data, got other {part}; "
                "choose another folder with --out"
            )


def _identity(metadata: dict[str, Any]) -> dict[str, Any]:
    """What runs in one folder share: weights and data, whichever part of the data's images."""
    data = metadata.get("data") or {}
    return {
        "models": [(model["name"], model["weights_sha256"]) for model in metadata.get("models") or []],
        "data": [data.get(key) for key in ("name", "classes")],
        "class names": metadata.get("class_names"),
    }
