"""Images inside tar files: class folders in a tar, a tar per class, tars in tars, and webdataset shards.

timm's readers are the model for what belongs to which class. They are not used here, because they leave out every
format but JPEG and PNG without a word, skip damaged images (webdataset), and share one open file between threads.
The index keeps where each image begins, and every read opens the file on its own.
"""

import json
import re
import tarfile
from array import array
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import IO

from benchmarks.conditions import Condition
from benchmarks.datasets.decoding import IMAGE_SUFFIXES, Decoded, decode_image
from benchmarks.datasets.samples import Entries, Sample, Samples, natural_key, normalised, readable, sorted_names

__all__ = ["open_tars", "open_webdataset", "tar_files"]

_NAME_FILES = ("class_names.txt", "classnames.txt")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Member:
    """A file inside a tar: ``path`` names the tars on the way, then the file; its bytes begin at ``offset``."""

    tar: Path
    path: str
    offset: int
    size: int

    def read(self) -> bytes:
        with self.tar.open("rb") as file:
            file.seek(self.offset)
            return file.read(self.size)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Reader:
    tars: Sequence[Path]
    places: Sequence[tuple[int, int, int]]  # which tar, offset, bytes

    def __call__(self, sample: Sample, condition: Condition) -> Decoded:  # noqa: ARG002 - clean is all there is
        tar, offset, size = self.places[sample.index]
        try:
            content = _Member(tar=self.tars[tar], path="", offset=offset, size=size).read()
        except FileNotFoundError:
            return Decoded(image=None, status="missing")
        return decode_image(content, name=sample.image_id)


def tar_files(location: str | Path) -> list[Path]:
    """The tar files of a location in natural order.

    Args:
        location: a tar file, a folder of tar files, or a pattern such as ``shards/val-*.tar``.

    Returns:
        Absolute paths.

    Raises:
        FileNotFoundError: there are none.
    """
    path = Path(location).absolute()
    if path.is_dir():
        found = [one for one in path.glob("*.tar") if not one.name.startswith(".")]
    else:
        found = [path] if path.is_file() else list(path.parent.glob(path.name)) if "*" in path.name else []
    if not found:
        raise FileNotFoundError(f"expected tar files at {location}, got none; compressed tars must be unpacked")
    return sorted(found, key=lambda one: natural_key(one.name))


def open_tars(location: str | Path) -> Samples:
    """Index tar files whose folders, or whose own names, are the classes.

    The class of an image is the folder that holds it, else the inner tar, else the tar file if there are several.

    Args:
        location: a tar file or a folder of tar files.

    Returns:
        The samples, sorted by class and path.

    Raises:
        FileNotFoundError: there are no tar files.
        ValueError: a file is no tar or is cut off, or an image has no class.
    """
    tars = tar_files(location)
    members, ignored = _split(tars)
    labelled = []
    for member in members:
        parts = PurePosixPath(member.path).parts[:-1]
        name = parts[-1] if parts else member.tar.stem if len(tars) > 1 or Path(location).is_dir() else ""
        if not name:
            raise ValueError(f"expected images in class folders inside {member.tar}, got {member.path}")
        labelled.append((normalised(name.removesuffix(".tar")), member))
    return _assemble(location, tars, labelled, sorted_names(name for name, _ in labelled), ignored)


def open_webdataset(location: str | Path) -> Samples:
    """Index webdataset shards: members with one stem are one sample, such as ``000.jpg`` and ``000.cls``.

    The class is the content of the ``.cls`` member, or the field ``label`` of ``.json``. Numbers are looked up in
    ``class_names.txt`` beside the shards if there is one.

    Args:
        location: a shard, a folder of shards, or a pattern such as ``shards/val-*.tar``.

    Returns:
        The samples, sorted by class and path.

    Raises:
        FileNotFoundError: there are no shards.
        ValueError: an image has no label, or a number has no name.
    """
    tars = tar_files(location)
    names = _listed_names(tars[0].parent)
    groups: dict[tuple[Path, str], dict[str, _Member]] = {}
    for member in _members(tars):
        stem, _, kind = PurePosixPath(member.path).name.partition(".")
        groups.setdefault((member.tar, str(PurePosixPath(member.path).parent / stem)), {})[kind.lower()] = member
    labelled, ignored = [], []
    for (tar, stem), group in groups.items():
        images = [kind for kind in group if _is_image(f"{stem}.{kind}")]
        if len(images) > 1:
            raise ValueError(f"expected one image per sample, got {', '.join(images)} of {stem} in {tar}")
        if images:
            labelled.append((_class_of(group, names, f"{stem} in {tar}"), group[images[0]]))
        else:
            ignored += [f"{tar.name}/{member.path}" for member in group.values()]
    return _assemble(location, tars, labelled, names or sorted_names(name for name, _ in labelled), ignored)


def _listed_names(folder: Path) -> tuple[str, ...]:
    for name in _NAME_FILES:
        if (folder / name).is_file():
            lines = (folder / name).read_text(encoding="utf-8-sig").splitlines()
            return tuple(normalised(line.strip()) for line in lines if line.strip())
    return ()


def _class_of(group: dict[str, _Member], names: tuple[str, ...], where: str) -> str:
    if "cls" in group:
        label = group["cls"].read().decode("utf-8", "replace").strip()
    elif "json" in group:
        content = json.loads(group["json"].read())
        label = str(content.get("label", "")) if isinstance(content, dict) else ""
    else:
        label = ""
    if not label:
        raise ValueError(f"expected a label for {where} in `.cls` or in the field `label` of `.json`, got none")
    if not re.fullmatch(r"\d+", label) or not names:
        return normalised(label)
    if int(label) >= len(names):
        raise ValueError(f"expected labels below {len(names)}, the number of class names, got {label} for {where}")
    return names[int(label)]


def _is_image(path: str) -> bool:
    return PurePosixPath(path).suffix.lower() in IMAGE_SUFFIXES


def _split(tars: Iterable[Path]) -> tuple[list[_Member], list[str]]:
    """The images, the later one of two with one path as tar has it, and the paths of all other members."""
    images: dict[tuple[Path, str], _Member] = {}
    ignored = []
    for member in _members(tars):
        key = (member.tar, member.path)
        if not _is_image(member.path):
            ignored.append(f"{member.tar.name}/{readable(member.path)}")
            continue
        if key in images:
            ignored.append(f"{member.tar.name}/{readable(member.path)} (older copy)")
        images[key] = member
    return list(images.values()), ignored


def _members(tars: Iterable[Path]) -> Iterator[_Member]:
    for path in tars:
        try:
            with path.open("rb") as file:
                yield from _scan(file, tar=path, within=PurePosixPath(), start=0)
        except tarfile.TarError as error:
            raise ValueError(f"expected a whole, uncompressed tar file, got {path}: {error}") from error


def _scan(file: IO[bytes], *, tar: Path, within: PurePosixPath, start: int) -> Iterator[_Member]:
    """Visible files of an open tar that begins at byte ``start`` of the outermost file, tars inside it too."""
    with tarfile.open(fileobj=file, mode="r:") as archive:
        while (info := archive.next()) is not None:
            archive.members.clear()  # type: ignore[attr-defined]  # else the whole index stays in memory, a kilobyte for each member
            path = PurePosixPath(info.name)
            if info.isdir() or path.name.startswith("."):
                continue
            if info.isreg() and path.suffix.lower() == ".tar":
                inner = archive.extractfile(info)
                if inner is not None:
                    yield from _scan(inner, tar=tar, within=within / path, start=start + info.offset_data)
                continue
            name = str(within / path)
            if not info.isreg() or info.issparse():
                name += " (link)"  # no image suffix: it is counted among the ignored
            yield _Member(tar=tar, path=name, offset=start + info.offset_data, size=info.size)


def _assemble(
    location: str | Path,
    tars: Sequence[Path],
    labelled: Sequence[tuple[str, _Member]],
    names: tuple[str, ...],
    ignored: Iterable[str],
) -> Samples:
    if not labelled:
        raise ValueError(f"expected images in {location}, got none; known are {', '.join(sorted(IMAGE_SUFFIXES))}")
    positions = {name: position for position, name in enumerate(names)}
    files = {tar: position for position, tar in enumerate(tars)}
    single = len(tars) == 1 and not Path(location).is_dir()
    rows = sorted(
        (positions[name], readable(member.path if single else f"{member.tar.name}/{member.path}"), member)
        for name, member in labelled
    )
    root = tars[0] if single else tars[0].parent
    return Samples(
        name=readable(root.stem if single else root.resolve().name),
        location=readable(str(root)),
        entries=Entries(
            ids=[image_id for _, image_id, _ in rows],
            labels=array("l", (label for label, _, _ in rows)),
            sizes=array("q", (member.size for _, _, member in rows)),
            rows=range(len(rows)),
            class_names=names,
            prefix=readable(f"{root.as_posix()}/"),
        ),
        read=_Reader(tars=tars, places=[(files[one.tar], one.offset, one.size) for _, _, one in rows]),
        ignored=tuple(sorted(ignored)),
    )
