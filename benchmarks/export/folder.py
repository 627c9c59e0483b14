"""The folder of an export: opened for one export only, filled in a pass of its own after the sweep.

The records say which images could be read; their pixels are made again from the same seeds. What is there is never
written again: every file appears whole under its name, so that a stopped export continues, and a finished one is
left as it is.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from benchmarks.export.arrays import check_arrays, write_arrays
from benchmarks.export.pixels import readable_part
from benchmarks.export.tree import check_tree, write_tree
from benchmarks.plan import Plan
from benchmarks.provenance import installed_versions, now
from reports.records import write_atomically

__all__ = ["LAYOUTS", "Export", "OtherExportError", "open_export", "write_export"]

LAYOUTS = {"imagenet-c": (check_tree, write_tree), "cifar-c": (check_arrays, write_arrays)}
_MANIFEST = "export.json"


class OtherExportError(ValueError):
    """The folder holds another export, or something else."""


@dataclass(frozen=True, kw_only=True)
class Export:
    """What a user wants on the disk.

    Attributes:
        folder: where.
        layout: a key of :data:`LAYOUTS`.
    """

    folder: Path
    layout: str = "imagenet-c"


def open_export(plan: Plan, export: Export) -> None:
    """Claim the folder of an export with ``export.json``, or find the same export there.

    Args:
        plan: whose corrupted images are exported.
        export: where and how.

    Raises:
        ValueError: the plan's images cannot be exported so.
        OtherExportError: the folder holds something else.
    """
    if export.layout not in LAYOUTS:
        raise ValueError(f"expected --export-layout among {', '.join(LAYOUTS)}, got {export.layout!r}")
    if plan.published:
        raise ValueError(
            f"expected images that are corrupted here for --export, got those stored in {plan.samples.name}"
        )
    if len(plan.groups) > 1:
        transforms = "; ".join(map(str, plan.groups))
        raise ValueError(f"expected models that see the same pixels for --export, got {transforms}; export them apart")
    check, _ = LAYOUTS[export.layout]
    check(plan)
    identity, path = _identity(plan, export), export.folder / _MANIFEST
    if path.exists():
        found = json.loads(path.read_text(encoding="utf-8"))
        if differing := [key for key, value in identity.items() if found.get(key) != value]:
            raise OtherExportError(
                f"expected {export.folder} to hold this very export, got another one (differs in "
                f"{', '.join(differing)}); choose another folder with --export"
            )
    elif export.folder.exists() and any(export.folder.iterdir()):
        raise OtherExportError(
            f"expected an empty or new folder for --export, got {export.folder} with other files in it"
        )
    else:
        content = identity | now() | {"versions": installed_versions()}
        write_atomically(path, json.dumps(content, indent=2, sort_keys=True, ensure_ascii=False).encode() + b"\n")


def _identity(plan: Plan, export: Export) -> dict[str, Any]:
    """All that decides the exported files."""
    (preparation,) = plan.groups
    return {
        "format": 1,
        "layout": export.layout,
        "data": {
            "name": plan.samples.name,
            "images": len(plan.samples.entries),
            "fingerprint": plan.samples.fingerprint,
        },
        "transform": str(preparation),
        "conditions": [[one.name, one.severity] for one in plan.conditions if one.severity],
        "profile": plan.profile,
        "jpeg": plan.jpeg_roundtrip or export.layout == "imagenet-c",
        "seed": plan.seed,
    }


def write_export(
    plan: Plan,
    run: Path,
    export: Export,
    *,
    device: torch.device,
    on_images: Callable[[int], None] = lambda _: None,
) -> int:
    """Write the corrupted images that are not there yet.

    Args:
        plan: as given to :func:`open_export`.
        run: the folder of its finished sweep.
        export: where and how.
        device: where the images are corrupted, as in the sweep.
        on_images: called with numbers of corrupted images that were written or found.

    Returns:
        How many images of the data the export holds; the others could not be read.
    """
    part = readable_part(plan, run)
    count = len(part.samples.entries)
    if count:
        _, write = LAYOUTS[export.layout]
        write(part, export.folder, device=device, on_images=on_images)
    return count
