"""The layout of ImageNet-C: ``<corruption>/<severity>/<class>/<name>.JPEG``.

Files hold the corrupted images themselves: those of a run with the JPEG round trip decode to what its models saw.
"""

from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path, PurePosixPath

import torch

from benchmarks.conditioning import apply_condition
from benchmarks.conditions import Condition
from benchmarks.datasets import Sample, Samples
from benchmarks.datasets.samples import normalised
from benchmarks.export.pixels import prepared_block
from benchmarks.plan import Plan
from benchmarks.stored_form import encode_jpegs
from reports.records import naming_full_disks

__all__ = ["check_tree", "file_names", "write_tree"]


def check_tree(plan: Plan) -> None:
    """Refuse classes and images that cannot become folders and files.

    Raises:
        ValueError: a class name is no folder name, or two images would share one file.
    """
    for name in plan.samples.entries.present:
        if "/" in name or "\0" in name or name.startswith("."):
            raise ValueError(
                f"expected class names that can be folders for --export, got {name!r}; use --export-layout cifar-c"
            )
    names = Counter(name.casefold() for name in file_names(plan.samples))
    if shared := [name for name, count in names.items() if count > 1]:
        raise ValueError(f"expected images of different names for --export, got {shared[0]} twice; rename one")


def file_names(samples: Samples) -> list[str]:
    """The path of each image below a severity: ``<class>/<name>.JPEG``.

    The name is the image id without suffix and without what leads to the class. Names that would be one file, as of
    ``a.png`` and ``a.jpg``, get the image's number in the data. Nothing leads out of the class folder or is hidden.

    Returns:
        Posix paths in the order of the entries.
    """
    plain = [f"{sample.class_name}/{_name(sample)}" for sample in samples.entries]
    counts = Counter(name.casefold() for name in plain)
    return [
        f"{name}.JPEG" if counts[name.casefold()] == 1 else f"{name}-{sample.index}.JPEG"
        for name, sample in zip(plain, samples.entries, strict=True)
    ]


def _name(sample: Sample) -> str:
    path = PurePosixPath(sample.image_id)
    parts = [part for part in (*path.parts[:-1], path.stem) if part not in {"/", ".", ".."}]
    folders = [normalised(part) for part in parts[:-1]]
    if sample.class_name in folders:
        parts = parts[len(folders) - folders[::-1].index(sample.class_name) :]
    return "/".join(part.lstrip(".") or "_" for part in parts) or "_"


def write_tree(plan: Plan, folder: Path, *, device: torch.device, on_images: Callable[[int], None]) -> None:
    """Write every corrupted image that is not there yet.

    Args:
        plan: all of its images can be read, and its models share one preparation.
        folder: of the export.
        device: where the images are corrupted.
        on_images: called with the number of images that were written or found.
    """
    bare = replace(plan, jpeg_roundtrip=False)  # the files themselves are the round trip
    names = file_names(plan.samples)
    conditions = [condition for condition in plan.conditions if condition.kind == "corruption"]
    for block in plan.blocks:
        start = block * plan.block_size
        targets = {one: _targets(folder, one, names[start : start + plan.block_size]) for one in conditions}
        pending = {one: paths for one, paths in targets.items() if not all(path.exists() for path in paths)}
        if pending:
            images, seeds = prepared_block(plan, block, device=device)
            for condition, paths in pending.items():
                _write_files(paths, encode_jpegs(apply_condition(bare, condition, images, seeds=seeds)))
        on_images(sum(map(len, targets.values())))


def _targets(folder: Path, condition: Condition, names: list[str]) -> list[Path]:
    return [folder / condition.name / str(condition.severity) / name for name in names]


def _write_files(paths: list[Path], contents: list[bytes]) -> None:
    """Write what is not there, each file whole or not at all; not flushed to the disk, of millions, one by one."""
    for path, content in zip(paths, contents, strict=True):
        if not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True)
            partial = path.with_name(f".{path.name}.partial")
            with naming_full_disks(path, len(content)):
                partial.write_bytes(content)
            partial.replace(path)
