"""Concepts by two sketches: images that differ in the concept, and copies of every image in the look of each.

Both copies of an image share all but the concept. Where the sketches differ in something else as well, so do the
copies: draw one, copy it, and change the concept alone. On planted images such factors did not recover the attribute
that edits and labels did (docs/results/concepts.md): the layer answers to copies as it does not to images.
"""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor

from benchmarks.concepts.attributes import CLASS, Attribute
from benchmarks.concepts.features import Pictures
from benchmarks.datasets.decoding import decode_image
from benchmarks.preparation import Preparation
from xai.iin import RESIDUAL, Stylisation, stylise

__all__ = ["MOST_STYLISED", "Sketches", "check_names", "parse_sketches", "sketch_attribute", "stylised_pictures"]

MOST_STYLISED = 300
"""Images that are stylised at most, the first ones."""

_BLOCK = 32
_LIKE = ("first", "second")


@dataclass(frozen=True, kw_only=True)
class Sketches:
    """Two images that differ in a concept.

    Attributes:
        name: of the concept, and of the factor.
        first: file of the one without it, or with less.
        second: file of the one with it.
        content: a hash of both files.
    """

    name: str
    first: Path
    second: Path
    content: str


def parse_sketches(text: str) -> Sketches:
    """Read ``NAME=first.png,second.png``.

    Raises:
        ValueError: another form, a name that is taken, or a file that is not there.
    """
    name, _, files = text.partition("=")
    paths = [Path(word) for word in files.split(",") if word]
    if not name or len(paths) != len(_LIKE):
        raise ValueError(f"expected --sketch NAME=first.png,second.png, got {text!r}")
    missing = [str(path) for path in paths if not path.is_file()]
    if missing:
        raise ValueError(f"expected the files of --sketch {name}, got none at {', '.join(missing)}")
    content = hashlib.sha256(b"\0".join(path.read_bytes() for path in paths)).hexdigest()
    return Sketches(name=name, first=paths[0], second=paths[1], content=content)


def check_names(sketches: Sequence[Sketches], others: Sequence[str]) -> None:
    """Refuse concepts whose names are taken.

    Args:
        sketches: that name concepts.
        others: names of attributes and edits.
    """
    taken = [CLASS, RESIDUAL, *others]
    for one in sketches:
        if one.name in taken:
            raise ValueError(f"expected --sketch with a name other than {', '.join(taken)}, got {one.name!r}")
        taken.append(one.name)


def stylised_pictures(
    pictures: Pictures,
    sketches: Sketches,
    prepare: Preparation,
    *,
    settings: Stylisation | None = None,
    on_images: Callable[[int], None] = lambda _: None,
) -> tuple[Pictures, Pictures]:
    """Copies of the first images after each sketch.

    Args:
        pictures: as the model sees them.
        sketches: of the concept.
        prepare: how the model sees images, sketches too.
        settings: of the stylisation.
        on_images: called with numbers of copies that are done.

    Raises:
        ValueError: a sketch that cannot be read, or two that are the same.
    """
    chosen = Stylisation() if settings is None else settings
    looks = [_look(path, prepare) for path in (sketches.first, sketches.second)]
    if torch.equal(*looks):
        raise ValueError(f"expected two sketches of {sketches.name!r} that differ, got twice the same pixels")
    some, ids = pictures.images[:MOST_STYLISED], pictures.ids[:MOST_STYLISED]
    copies = []
    for number, look in zip(_LIKE, looks, strict=True):
        parts = []
        for block in some.split(_BLOCK):
            parts.append((stylise(block.float() / 255, look, chosen).clamp(0, 1) * 255).round().to(torch.uint8))
            on_images(len(block))
        words = f"{sketches.name} {number}, {sketches.content}, {chosen}"
        copies.append(Pictures(ids=ids, images=torch.cat(parts), words=words))
    return copies[0], copies[1]


def sketch_attribute(sketches: Sketches, count: int) -> Attribute:
    """Which sketch a copy is like, 0 or 1, of ``count`` copies after the first and as many after the second."""
    values = torch.arange(len(_LIKE)).repeat_interleave(count)
    return Attribute(
        name=sketches.name,
        values=values,
        known=torch.ones(len(values), dtype=torch.bool),
        source="two sketches",
        twins=torch.arange(count).repeat(len(_LIKE)),
    )


def _look(path: Path, prepare: Preparation) -> Tensor:
    decoded = decode_image(path)
    if decoded.image is None:
        raise ValueError(f"expected a sketch that can be read, got {path} ({decoded.status})")
    return prepare(decoded.image).float() / 255
