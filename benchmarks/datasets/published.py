"""Folders of images that were corrupted before they were published: ImageNet-C, Tiny-ImageNet-C, C-bar, 3DCC.

The tree is ``<root>/<corruption>/<1..5>/<class>/<file>``, with or without a level of groups (``noise``, ``blur`` ...)
above the corruptions. C-bar's authors name their five severity folders by the parameter (``2.35``, ``3.20`` ...);
those are ranked. The images were resized before they were corrupted, so that evaluation crops them only.

Reference:
    Hendrycks and Dietterich, "Benchmarking Neural Network Robustness to Common Corruptions and Perturbations", 2019,
    https://arxiv.org/abs/1903.12261. Mintun, Kirillov and Xie, "On Interaction Between Augmentations and
    Corruptions in Natural Corruption Robustness", 2021, https://arxiv.org/abs/2102.11273.
"""

import re
from array import array
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from benchmarks.conditions import Condition
from benchmarks.datasets.decoding import Decoded, decode_image
from benchmarks.datasets.folder import class_folders, is_image, visible, walk
from benchmarks.datasets.samples import Entries, Sample, Samples, natural_key, readable, sorted_names

__all__ = ["find_cells", "open_published"]

_LEVELS = {str(level): level for level in range(1, 6)}
_ENOUGH = 20  # no published set holds as many folders beside each other
_PARAMETER = re.compile(r"\d+\.\d+")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Reader:
    folders: Mapping[Condition, Path]
    disk_names: Mapping[str, str]

    def __call__(self, sample: Sample, condition: Condition) -> Decoded:
        return decode_image(self.folders[condition] / self.disk_names.get(sample.image_id, sample.image_id))


def open_published(root: str | Path) -> Samples:
    """Index a tree of published corrupted images.

    The entries are the union over all cells; an image that one cell lacks decodes to the status ``missing`` there.
    Sizes, which enter the fingerprint, are those in the first cell that has the image.

    Args:
        root: the directory that holds the corruptions, or their groups.

    Returns:
        The samples with the stored conditions.

    Raises:
        ValueError: the tree is not of this form, or holds no images.
    """
    root = Path(root).absolute()
    folders = find_cells(root)
    if not folders:
        raise ValueError(f"expected <corruption>/<1..5>/<class>/<file> below {root}, got another layout")
    found, names, ignored = _union(root, folders)
    if not found:
        raise ValueError(f"expected images in the cells of {root}, got none")
    class_names = sorted_names(names)
    labels = {name: label for label, name in enumerate(class_names)}
    ordered = sorted((labels[name], image_id, relative, size) for image_id, (name, relative, size) in found.items())
    return Samples(
        name=readable(root.resolve().name),
        location=readable(str(root)),
        entries=Entries(
            ids=[image_id for _, image_id, _, _ in ordered],
            labels=array("l", (label for label, _, _, _ in ordered)),
            sizes=array("q", (size for _, _, _, size in ordered)),
            rows=range(len(ordered)),
            class_names=class_names,
            prefix=readable(f"{root.as_posix()}/*/*/"),
        ),
        read=_Reader(
            folders=folders,
            disk_names={image_id: relative for _, image_id, relative, _ in ordered if image_id != relative},
        ),
        ignored=tuple(sorted(ignored)),
        conditions=tuple(folders),
    )


def find_cells(root: Path) -> dict[Condition, Path]:
    """The folder of each stored condition.

    Args:
        root: a directory.

    Returns:
        Conditions by name, then severity; empty if the directory has another layout.

    Raises:
        ValueError: only some of the folders are corruptions, or a corruption appears twice.
    """
    cells: dict[Condition, Path] = {}
    strangers: list[str] = []
    for folder in _folders(root):
        corruptions = [folder] if _severities(folder) else _folders(folder)
        levels = {corruption: _severities(corruption) for corruption in corruptions}
        if not levels or not all(levels.values()):
            strangers.append(readable(folder.name))
            if len(strangers) == _ENOUGH and not cells:  # ordinary data: leave its class folders unread
                return {}
            continue
        for corruption, severities in levels.items():
            _add(cells, corruption, severities)
    if cells and strangers:
        raise ValueError(
            f"expected only corruption folders in {root}, got also {', '.join(strangers[:10])}; "
            "complete them or move them away"
        )
    return dict(sorted(cells.items()))


def _folders(folder: Path) -> list[Path]:
    names = (entry.name for entry in visible(folder) if entry.is_dir())
    return [folder / name for name in sorted(names, key=natural_key)]


def _add(cells: dict[Condition, Path], corruption: Path, levels: Mapping[int, Path]) -> None:
    for severity, folder in levels.items():
        condition = Condition(kind="published", name=readable(corruption.name), severity=severity)
        if condition in cells:
            raise ValueError(f"expected each corruption once, got {cells[condition]} and {folder}; remove one")
        cells[condition] = folder


def _severities(corruption: Path) -> dict[int, Path]:
    """{severity: folder}, or nothing if ``corruption`` does not hold severities that hold class folders."""
    entries = visible(corruption)
    names = sorted((entry.name for entry in entries if entry.is_dir()), key=natural_key)
    if not names or any(is_image(entry) for entry in entries):
        return {}
    if all(name in _LEVELS for name in names):
        levels = {_LEVELS[name]: corruption / name for name in names}
    elif len(names) == len(_LEVELS) and all(_PARAMETER.fullmatch(name) for name in names):
        levels = {rank: corruption / name for rank, name in enumerate(sorted(names, key=float), start=1)}
    else:
        return {}
    return levels if all(_holds_folders(folder) for folder in levels.values()) else {}


def _holds_folders(folder: Path) -> bool:
    entries = visible(folder)
    return any(entry.is_dir() for entry in entries) and not any(is_image(entry) for entry in entries)


def _union(
    root: Path, folders: Mapping[Condition, Path]
) -> tuple[dict[str, tuple[str, str, int]], set[str], list[str]]:
    """{image id: (class, path in a cell, bytes)} over all cells, all class names, and the files that are no images."""
    found: dict[str, tuple[str, str, int]] = {}
    names: set[str] = set()
    ignored: list[str] = [readable(entry.name) for entry in visible(root) if not entry.is_dir()]
    for cell in folders.values():
        classes, strays = class_folders(cell)
        names.update(classes)
        ignored += [readable(f"{cell.relative_to(root).as_posix()}/{name}") for name in strays]
        for name, folder in classes.items():
            for relative, entry in walk(cell, folder):
                image_id = readable(relative)
                if not is_image(entry):
                    ignored.append(readable(f"{cell.relative_to(root).as_posix()}/{relative}"))
                elif image_id not in found:
                    found[image_id] = (name, relative, entry.stat().st_size if entry.is_file() else -1)
    return found, names, ignored
