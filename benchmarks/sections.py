"""The folder of a command that adds a section to a page: its own, or that of an audit of the same models and data."""

import hashlib
from pathlib import Path
from typing import Any

import torch

from benchmarks.images import write_images
from benchmarks.plan import Plan
from benchmarks.report import write_report
from benchmarks.request import Resolved
from benchmarks.runs import OtherRunError, default_folder, open_run
from reports.records import read_run, write_run

__all__ = ["close_section", "open_section", "section_folder"]


def section_folder(plan: Plan, section: str) -> Path:
    """Where the run goes unless told otherwise; never the folder that an audit would choose."""
    folder = default_folder(plan)
    return folder.with_name(f"{folder.name}-{section}")


def open_section(resolved: Resolved, run: Path, *, section: str, device: torch.device, command: str) -> dict[str, Any]:
    """Start a run in ``run``, or find one of the same models and data there.

    What is there may be an audit with other conditions or images of the same data: both share the folder, and the page
    shows both.

    Args:
        resolved: models and data.
        run: the folder, made if it is not there.
        section: what is started, in a word.
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
        own = hashlib.sha256(f"{section}\0{metadata['run_fingerprint']}".encode()).hexdigest()
        metadata |= {"run_fingerprint": own}  # an audit must not take this folder for its own
        write_run(run, metadata)
        return metadata
    metadata = read_run(run)
    theirs, ours = _identity(metadata), _identity(resolved.plan.describe())
    for part, value in ours.items():
        if theirs[part] != value:
            raise OtherRunError(
                f"expected {run} to hold a run of the same models and data, got other {part}; "
                "choose another folder with --out"
            )
    return metadata


def close_section(run: Path) -> Path:
    """Write figures and page from what is there; a run without an audit's records is then complete.

    Returns:
        The path of the page.
    """
    if not any((run / "records").glob("*.parquet")):
        write_run(run, read_run(run) | {"status": "complete"})
    write_images(run)
    return write_report([run], run)


def _identity(metadata: dict[str, Any]) -> dict[str, Any]:
    """What runs in one folder share: weights and data, whichever part of the data's images."""
    data = metadata.get("data") or {}
    return {
        "models": [(model["name"], model["weights_sha256"]) for model in metadata.get("models") or []],
        "data": [data.get(key) for key in ("name", "classes")],
        "class names": metadata.get("class_names"),
    }
