"""A directory with one folder per class."""

import os
from array import array
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from benchmarks.conditions import Condition
from benchmarks.datasets.decoding import IMAGE_SUFFIXES, Decoded, decode_image
from benchmarks.datasets.samples import Entries, Sample, Samples, normalised, readable, sorted_names

__all__ = ["class_folders", "is_image", "open_folder", "visible", "walk"]

_SPLITS = {"train", "training", "val", "valid", "validation", "eval", "test"}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Reader:
    root: Path
    disk_names: Mapping[str, str]  # ids whose file name on the disk is no valid text

    def __call__(self, sample: Sample, condition: Condition) -> Decoded:  # noqa: ARG002 - clean is all there is
        return decode_image(self.root / self.disk_names.get(sample.image_id, sample.image_id))


def open_folder(root: str | Path) -> Samples:
    """Index a directory that holds one folder of images per class.

    Images count by their suffix, whatever its case, at any depth inside the class folder; hidden files do not.
    Classes without images keep their name. Class names are compared as unicode NFC, paths stay as they are.
    Folder links are followed, except back into themselves; broken links are samples with the status ``missing``.

    Args:
        root: the directory.

    Returns:
        The samples, class by class in natural order of the names, then by path.

    Raises:
        FileNotFoundError: there is nothing at ``root``.
        NotADirectoryError: ``root`` is a file.
        ValueError: there are no images, no class folders, or two folders with one name.
    """
    root = Path(root)
    folders, strays = class_folders(root)
    names = sorted_names(folders)
    ids: list[str] = []
    labels, sizes, disk_names = array("l"), array("q"), {}
    ignored = list(strays)
    for label, name in enumerate(names):
        found: list[tuple[str, int]] = []
        for relative, entry in walk(root, folders[name]):
            if not is_image(entry):
                ignored.append(readable(relative))
                continue
            image_id = readable(relative)
            found.append((image_id, _size(entry)))
            if image_id != relative:
                disk_names[image_id] = relative
        found.sort()
        ids += [image_id for image_id, _ in found]
        sizes.extend(size for _, size in found)
        labels.extend([label] * len(found))
    _check(root, names, len(ids), strays)
    absolute = root.absolute()
    return Samples(
        name=readable(absolute.resolve().name),
        location=readable(str(absolute)),
        entries=Entries(
            ids=ids,
            labels=labels,
            sizes=sizes,
            rows=range(len(ids)),
            class_names=names,
            prefix=readable(f"{absolute.as_posix().rstrip('/')}/"),
        ),
        read=_Reader(root=absolute, disk_names=disk_names),
        ignored=tuple(sorted(ignored)),
    )


def class_folders(root: Path) -> tuple[dict[str, str], list[str]]:
    """The class folders of ``root`` and the files beside them.

    Args:
        root: a directory.

    Returns:
        {class name: folder name on the disk}, and the names of visible files.

    Raises:
        FileNotFoundError: there is nothing at ``root``.
        NotADirectoryError: ``root`` is a file.
        ValueError: two folder names are the same text in unicode NFC.
    """
    if not root.exists():
        raise FileNotFoundError(f"expected a data folder, got nothing at {root}; check the path")
    if not root.is_dir():
        raise NotADirectoryError(f"expected a folder with one subfolder per class, got the file {root}")
    folders: dict[str, str] = {}
    strays: list[str] = []
    for entry in visible(root):
        name = normalised(entry.name)
        if not entry.is_dir():
            strays.append(readable(entry.name))
        elif name in folders:
            raise ValueError(f"expected one folder per class, got two named {name!r} in different unicode; join them")
        else:
            folders[name] = entry.name
    return folders, strays


def visible(folder: Path | str) -> list[os.DirEntry[str]]:
    """The entries of ``folder`` that are not hidden."""
    with os.scandir(folder) as entries:
        return [entry for entry in entries if not entry.name.startswith(".")]


def walk(root: Path, start: str) -> Iterator[tuple[str, os.DirEntry[str]]]:
    """All visible files below ``root / start``.

    Args:
        root: a directory.
        start: a folder in it.

    Yields:
        The posix path relative to ``root`` as on the disk, and the entry.
    """
    pending = [(start, frozenset({os.path.realpath(root / start)}))]
    while pending:
        folder, above = pending.pop()
        for entry in visible(root / folder):
            relative = f"{folder}/{entry.name}"
            if not entry.is_dir():
                yield relative, entry
            elif not entry.is_symlink():
                pending.append((relative, above))
            elif (target := os.path.realpath(entry.path)) not in above:  # a link to a folder above would never end
                pending.append((relative, above | {target}))


def is_image(entry: os.DirEntry[str]) -> bool:
    """Whether an entry is a file with an image's suffix, or a broken link that says it is."""
    return PurePosixPath(entry.name).suffix.lower() in IMAGE_SUFFIXES and (entry.is_file() or entry.is_symlink())


def _size(entry: os.DirEntry[str]) -> int:
    try:
        return entry.stat().st_size
    except OSError:
        return -1


def _check(root: Path, names: tuple[str, ...], images: int, strays: list[str]) -> None:
    """Explain data in which nothing can be audited."""
    flat = sum(PurePosixPath(name).suffix.lower() in IMAGE_SUFFIXES for name in strays)
    if not names and flat:
        raise ValueError(
            f"expected one folder per class in {root}, got {flat} images without classes; "
            "put each image into a folder named after its class"
        )
    if not images:
        kinds = ", ".join(sorted(IMAGE_SUFFIXES))
        raise ValueError(
            f"expected images in the class folders of {root}, got {len(names)} folders without any; known are {kinds}"
        )
    if {name.lower() for name in names} <= _SPLITS and len(names) > 1:
        raise ValueError(f"expected class folders in {root}, got the splits {', '.join(names)}; pass one of them")
