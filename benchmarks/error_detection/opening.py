"""The folder of an error detection run: its own, or that of an audit of the same models on the same data."""

import hashlib
from pathlib import Path
from typing import Any

import torch

from benchmarks.plan import Plan
from benchmarks.request import Resolved
from benchmarks.runs import OtherRunError, default_folder, open_run
from reports.records import read_run, write_run

__all__ = ["errors_folder", "open_errors"]


def errors_folder(plan: Plan) -> Path:
    """Where the run goes unless told otherwise; never the folder that an audit would choose."""
    folder = default_folder(plan)
    return folder.with_name(f"{folder.name}-errors")


def open_errors(resolved: Resolved, run: Path, *, device: torch.device, command: str) -> dict[str, Any]:
    """Start a run in ``run``, or find one of the same models and data there.

    What is there may be the run of an audit with other conditions or images of the same data: both share the folder,
    and the page shows both.

    Args:
        resolved: models, data and conditions.
        run: the folder, made if it is not there.
        device: where it starts.
        command: the command line, for the page.

    Returns:
        The content of ``run.json``.

    Raises:
        OtherRunError: the folder holds a run of other models or data.
        ValueError: the folder holds something else.
    """
    if not (run / "run.json").exists():
        metadata = open_run(resolved, run, device=device, command=command)
        own = hashlib.sha256(f"errors\0{metadata['run_fingerprint']}".encode()).hexdigest()
        metadata |= {"run_fingerprint": own}  # not an audit's: an audit must not take this folder for its own
        write_run(run, metadata)
        return metadata
    metadata, described = read_run(run), resolved.plan.describe()
    for name, theirs, ours in (
        ("models", _weights(metadata), _weights(described)),
        ("data", _place(metadata), _place(described)),
    ):
        if theirs != ours:
            raise OtherRunError(
                f"expected {run} to hold a run of the same models and data, got other {name}; "
                "choose another folder with --out"
            )
    return metadata


def _place(metadata: dict[str, Any]) -> list[Any]:
    """Where the data lies; an audit may have drawn other images of them."""
    data = metadata.get("data") or {}
    return [data.get(key) for key in ("name", "location", "classes")]


def _weights(metadata: dict[str, Any]) -> list[tuple[str, str]]:
    return [(model["name"], model["weights_sha256"]) for model in metadata.get("models") or []]
