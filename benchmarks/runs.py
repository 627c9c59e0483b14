"""The run folder: opened for one plan only, continued by the same plan, never overwritten by another."""

import contextlib
import errno
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import torch

from benchmarks.plan import Plan
from benchmarks.provenance import describe_device, installed_versions, now
from benchmarks.request import Resolved
from benchmarks.sweep import shard_path
from reports.records import count_records, read_run, write_run

if sys.platform != "win32":
    import fcntl

__all__ = ["BusyRunError", "OtherRunError", "default_folder", "held", "is_complete", "open_run"]

_LOCK = ".lock"
_NO_LOCKS = {errno.ENOLCK, errno.ENOSYS, errno.EOPNOTSUPP}  # of some network disks


class OtherRunError(ValueError):
    """The folder holds the run of another plan."""


class BusyRunError(ValueError):
    """Another process works on the run."""


def default_folder(plan: Plan) -> Path:
    """``runs/<models>-<data>-<short fingerprint>``: the same command finds its own run again."""
    words = [*(model.name for model in plan.models), plan.samples.name]
    name = "-".join("".join(c if c.isalnum() or c in "._" else "_" for c in word)[:40] for word in words)
    return Path("runs") / f"{name}-{plan.fingerprint()[:8]}"


def open_run(resolved: Resolved, run: Path, *, device: torch.device, command: str) -> dict[str, Any]:
    """Start a run in ``run`` or find the one that is there.

    Args:
        resolved: what the run does.
        run: the folder, made if it is not there.
        device: where it starts.
        command: the command line, for the page.

    Returns:
        The content of ``run.json``; its ``status`` is ``running`` or ``complete``.

    Raises:
        OtherRunError: the folder holds something else.
    """
    plan = resolved.plan
    if (run / "run.json").exists():
        metadata = read_run(run)
        if metadata.get("run_fingerprint") != plan.fingerprint():
            raise OtherRunError(
                f"expected {run} to hold this very run, got another one ({_difference(metadata, plan)}); "
                "choose another folder with --out"
            )
        return metadata
    if run.exists() and any(not path.name.startswith(".") for path in run.iterdir()):
        raise OtherRunError(f"expected an empty or new folder for --out, got {run} with other files in it")
    described = plan.describe()
    described["data"]["label_match"] = resolved.label_match
    described["plan"]["preset"] = resolved.preset
    described["plan"]["missing"] = dict(resolved.missing)
    metadata = (
        described
        | now()
        | {
            "format": 1,
            "title": f"{', '.join(model.name for model in plan.models)} on {plan.samples.name}",
            "command": command,
            "run_fingerprint": plan.fingerprint(),
            "versions": installed_versions(),
            "device": describe_device(device),
            "status": "running",
            "seconds": 0.0,
        }
    )
    write_run(run, metadata)
    return metadata


@contextlib.contextmanager
def held(run: Path) -> Iterator[None]:
    """Keep other processes from the run, and clear away what a killed one was writing.

    The system lets go of the lock when the process ends, however it ends. Where there are no locks two processes do the
    same work twice and write the same files.

    Raises:
        BusyRunError: another process has the run.
    """
    with (run / _LOCK).open("w") as lock:
        if _locked(lock.fileno(), run):
            for partial in run.rglob(".*.partial"):
                partial.unlink(missing_ok=True)
        yield


def _locked(handle: int, run: Path) -> bool:
    """Take the lock, if there are locks here."""
    if sys.platform == "win32":
        return False
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise BusyRunError(
            f"expected {run} free, got another process at work there; wait for it, or stop it and run the same command "
            "again"
        ) from None
    except OSError as error:
        if error.errno not in _NO_LOCKS:
            raise
        return False
    return True


def is_complete(plan: Plan, run: Path, metadata: dict[str, Any]) -> bool:
    """Whether nothing is left to do: every shard is there, as far as its footer tells, and the page, written last."""
    return (
        metadata["status"] == "complete"
        and (run / "report.html").exists()
        and all(
            count_records(shard_path(run, block)) == len(plan.block(block)) * len(plan.conditions) * len(plan.models)
            for block in plan.blocks
        )
    )


def _difference(metadata: dict[str, Any], plan: Plan) -> str:
    """Name the first parts in which two runs differ."""
    mine = json.loads(json.dumps(plan.describe()))
    parts = []
    for section, content in mine.items():
        theirs = metadata.get(section)
        if isinstance(content, dict) and isinstance(theirs, dict):
            parts += [f"{section}.{key}" for key, value in content.items() if theirs.get(key) != value]
        elif content != theirs:
            parts.append(section)
    return "differs in " + ", ".join(parts[:4]) if parts else "differs in the choice of images or labels"
