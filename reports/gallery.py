"""Galleries: pictures with a few facts under each, kept in the run folder so that the page can be rebuilt.

``run/gallery/<name>/`` holds one thumbnail per picture and an ``index.json``. File names are a counter and a
hash of the content, never a name from the data; the index is written last and whole, and only then are files
that it no longer names removed, so that a reader finds the old gallery or the new one.
"""

import hashlib
import io
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from PIL import Image

from reports.records import write_atomically

__all__ = [
    "LONGEST_SIDE",
    "Gallery",
    "Picture",
    "Strip",
    "encode_thumbnail",
    "read_galleries",
    "write_gallery",
]

LONGEST_SIDE = 224  # pixels kept of a thumbnail
_PNG_UP_TO = 64  # longest side in pixels below which a lossless PNG is smaller than it is worth to lose detail
_FORMAT = 1
_NAME = re.compile(r"[a-z][a-z0-9_]{0,39}")


@dataclass(frozen=True, kw_only=True)
class Picture:
    """One image with what is said under it.

    Attributes:
        image: (H, W, 3) uint8 RGB in 0..255.
        title: the line under the image.
        facts: (word, value) pairs, such as ``("confidence", "0.98")``.
    """

    image: npt.NDArray[np.uint8]
    title: str
    facts: tuple[tuple[str, str], ...] = ()

    def __post_init__(self) -> None:
        if self.image.ndim != 3 or self.image.shape[2] != 3 or self.image.dtype != np.uint8 or not self.image.size:
            raise ValueError(f"expected `image` of shape (H, W, 3) uint8, got {self.image.shape} {self.image.dtype}")


@dataclass(frozen=True, kw_only=True)
class Strip:
    """One image in several versions, side by side.

    Attributes:
        title: the line above.
        pictures: from left to right.
        course: first and last of the pictures that are steps of one movement, which a page can play; None without any.
    """

    title: str
    pictures: tuple[Picture, ...]
    course: tuple[int, int] | None = None


@dataclass(frozen=True, kw_only=True)
class Gallery:
    """Pictures, strips of pictures, or both, under one heading.

    Attributes:
        name: an identifier, such as ``confident_errors`` or ``strips``; the folder's name.
        title: the heading.
        explanation: how the pictures were chosen, in a sentence or two.
        pictures: pictures that stand alone.
        strips: rows of pictures.
    """

    name: str
    title: str
    explanation: str
    pictures: tuple[Picture, ...] = ()
    strips: tuple[Strip, ...] = ()

    def __post_init__(self) -> None:
        if not _NAME.fullmatch(self.name):
            raise ValueError(
                f"expected gallery `name` of lower case letters, digits and underscores, got {self.name!r}"
            )


def encode_thumbnail(image: npt.NDArray[np.uint8]) -> tuple[bytes, str]:
    """Encode ``image`` small enough for a page.

    Args:
        image: (H, W, 3) uint8.

    Returns:
        The bytes and their file suffix: ``png``, lossless, for tiny images, which are never enlarged, and
        ``jpg`` otherwise, with at most :data:`LONGEST_SIDE` pixels a side.

    >>> encode_thumbnail(np.zeros((32, 32, 3), np.uint8))[1]
    'png'
    """
    picture = Image.fromarray(image)
    if max(picture.size) > LONGEST_SIDE:
        picture.thumbnail((LONGEST_SIDE, LONGEST_SIDE), Image.Resampling.LANCZOS)
    buffer = io.BytesIO()
    if max(picture.size) <= _PNG_UP_TO:
        picture.save(buffer, format="PNG", optimize=True)
        return buffer.getvalue(), "png"
    picture.save(buffer, format="JPEG", quality=85, optimize=True)
    return buffer.getvalue(), "jpg"


def write_gallery(run: Path, gallery: Gallery) -> None:
    """Write ``gallery`` under ``run``, replacing one of the same name."""
    folder = run / "gallery" / gallery.name
    files = _Files(folder)
    index = {
        "format": _FORMAT,
        "name": gallery.name,
        "title": gallery.title,
        "explanation": gallery.explanation,
        "pictures": [files.add(picture) for picture in gallery.pictures],
        "strips": [
            {"title": strip.title, "pictures": [files.add(picture) for picture in strip.pictures]}
            | ({"course": list(strip.course)} if strip.course else {})
            for strip in gallery.strips
        ],
    }
    write_atomically(folder / "index.json", json.dumps(index, indent=1).encode() + b"\n")
    for path in folder.iterdir():
        if path.name not in {*files.names, "index.json"} and not path.name.startswith("."):
            path.unlink(missing_ok=True)


class _Files:
    """Counts and writes the thumbnails of one folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.names: list[str] = []

    def add(self, picture: Picture) -> dict[str, Any]:
        """Write the thumbnail of ``picture`` and return its entry in the index."""
        content, suffix = encode_thumbnail(picture.image)
        name = f"{len(self.names):04d}-{hashlib.sha256(content).hexdigest()[:12]}.{suffix}"
        if not (self.folder / name).exists():
            write_atomically(self.folder / name, content)
        self.names.append(name)
        return {"file": name, "title": picture.title, "facts": [list(fact) for fact in picture.facts]}


def read_galleries(run: Path) -> list[Gallery]:
    """Read the galleries of a run, in name order; a run without any gives an empty list.

    Raises:
        ValueError: an index or a thumbnail is damaged.
    """
    return [_read_gallery(path) for path in sorted((run / "gallery").glob("*/index.json"))]


def _read_gallery(path: Path) -> Gallery:
    try:
        index = json.loads(path.read_text(encoding="utf-8"))
        if index["format"] != _FORMAT:
            raise ValueError(f"format {index['format']}, not {_FORMAT}")
        return Gallery(
            name=index["name"],
            title=index["title"],
            explanation=index["explanation"],
            pictures=tuple(_read_pictures(path.parent, index["pictures"])),
            strips=tuple(
                Strip(
                    title=strip["title"],
                    pictures=tuple(_read_pictures(path.parent, strip["pictures"])),
                    course=_read_course(strip.get("course")),
                )
                for strip in index["strips"]
            ),
        )
    except (OSError, KeyError, TypeError, ValueError, SyntaxError) as error:
        raise ValueError(
            f"expected a readable gallery in {path.parent}, got {error}; delete the folder and report again"
        ) from error


def _read_course(entry: list[int] | None) -> tuple[int, int] | None:
    return (int(entry[0]), int(entry[1])) if entry else None


def _read_pictures(folder: Path, entries: list[dict[str, Any]]) -> Iterator[Picture]:
    for entry in entries:
        name = Path(str(entry["file"])).name  # an index from elsewhere must not point outside its folder
        with Image.open(folder / name) as image:
            pixels = np.asarray(image.convert("RGB"))
        yield Picture(
            image=pixels,
            title=entry["title"],
            facts=tuple((str(word), str(value)) for word, value in entry["facts"]),
        )
