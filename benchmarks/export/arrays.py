"""The layout of CIFAR-10-C: ``<corruption>.npy``, uint8 (5 N, H, W, 3) severity by severity, and ``labels.npy``.

Labels are repeated for every severity, as published. Pixels are what the models saw, without any loss.
``class_names.txt``, a name per line, says what the labels mean; the published sets have no such file.
"""

import os
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch

from benchmarks.conditioning import apply_condition
from benchmarks.conditions import Condition
from benchmarks.export.pixels import prepared_block
from benchmarks.plan import Plan
from reports.records import naming_full_disks, write_atomically

__all__ = ["check_arrays", "write_arrays"]

_SEVERITIES = (1, 2, 3, 4, 5)


def check_arrays(plan: Plan) -> None:
    """Refuse a plan that does not fill the arrays.

    Raises:
        ValueError: a severity is missing, or a class name is no line.
    """
    severities = tuple(sorted({condition.severity for condition in plan.conditions if condition.severity}))
    if severities != _SEVERITIES:
        raise ValueError(
            f"expected all five severities for --export-layout cifar-c, got {', '.join(map(str, severities))}; "
            "leave --severities out, or use --export-layout imagenet-c"
        )
    for name in plan.samples.class_names:
        if name.splitlines() != [name.strip()]:
            raise ValueError(f"expected class names that are lines for --export-layout cifar-c, got {name!r}")


def write_arrays(plan: Plan, folder: Path, *, device: torch.device, on_images: Callable[[int], None]) -> None:
    """Write the array of every corruption that has none yet, and the labels.

    Args:
        plan: all of its images can be read, and its models share one preparation.
        folder: of the export.
        device: where the images are corrupted.
        on_images: called with the number of images that were written or found.
    """
    entries = plan.samples.entries
    for name in dict.fromkeys(condition.name for condition in plan.conditions if condition.severity):
        target = folder / f"{name}.npy"
        if target.exists():
            on_images(len(_SEVERITIES) * len(entries))
        else:
            partial = folder / f".{name}.npy.partial"
            _fill(partial, plan, name, device=device, on_images=on_images)
            partial.replace(target)
    labels = folder / "labels.npy"
    if not labels.exists():
        names = "".join(f"{name}\n" for name in plan.samples.class_names)
        write_atomically(folder / "class_names.txt", names.encode())
        partial = folder / ".labels.npy.partial"
        with partial.open("wb") as file:
            np.save(file, np.tile(np.asarray(entries.labels, dtype=np.int64), len(_SEVERITIES)))
        partial.replace(labels)


def _fill(path: Path, plan: Plan, name: str, *, device: torch.device, on_images: Callable[[int], None]) -> None:
    """Fill the array of one corruption; it is mapped anew for every unit, so that its pages do not pile up."""
    count, (preparation,) = len(plan.samples.entries), plan.groups
    shape = (len(_SEVERITIES) * count, *preparation.size, 3)
    np.lib.format.open_memmap(path, mode="w+", dtype=np.uint8, shape=shape)
    _claim_room(path)
    for block in plan.blocks:
        images, seeds = prepared_block(plan, block, device=device)
        array = np.load(path, mmap_mode="r+")
        for severity in _SEVERITIES:
            condition = Condition(kind="corruption", name=name, severity=severity)
            corrupted = apply_condition(plan, condition, images, seeds=seeds)
            first = (severity - 1) * count + block * plan.block_size
            array[first : first + len(images)] = corrupted.permute(0, 2, 3, 1).cpu().numpy()
        array.flush()
        on_images(len(_SEVERITIES) * len(images))


def _claim_room(path: Path) -> None:
    """Take the whole file's room on the disk at once: a mapped page without any would kill the process."""
    if sys.platform == "linux":
        size = path.stat().st_size
        with naming_full_disks(path, size), path.open("r+b") as file:
            os.posix_fallocate(file.fileno(), 0, size)
