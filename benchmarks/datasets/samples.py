"""Samples: labelled images with a stable identity, wherever they lie."""

import hashlib
import re
import unicodedata
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import chain
from typing import overload

from benchmarks.conditions import CLEAN, Condition
from benchmarks.datasets.decoding import Decoded

__all__ = ["Decoded", "Entries", "Sample", "Samples", "natural_key", "normalised", "readable", "sorted_names"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """One labelled image.

    Attributes:
        image_id: stable and unique in its data: the posix path below the root, or a zero-padded index.
        path: where the image lies, for people.
        class_name: the name the DATA gives to its class, which need not be the model's.
        index: position in the complete data; a subset keeps it.
    """

    image_id: str
    path: str
    class_name: str
    index: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Entries(Sequence[Sample]):
    """The samples of some data as columns, so that a million of them stay light.

    Attributes:
        ids: image ids.
        labels: positions among ``class_names``.
        sizes: bytes of each image as stored; -1 where unknown.
        rows: positions in the complete data.
        class_names: all classes of the data, those without images too.
        prefix: what precedes an id in a path for people.
    """

    ids: Sequence[str]
    labels: Sequence[int]
    sizes: Sequence[int]
    rows: Sequence[int]
    class_names: tuple[str, ...]
    prefix: str

    def __post_init__(self) -> None:
        if not len(self.ids) == len(self.labels) == len(self.sizes) == len(self.rows):
            raise ValueError("expected columns of one length")
        if len(set(self.ids)) != len(self.ids):
            raise ValueError("expected unique image ids")
        if len(set(self.class_names)) != len(self.class_names):
            raise ValueError("expected unique class names")

    def __len__(self) -> int:
        return len(self.ids)

    @overload
    def __getitem__(self, position: int) -> Sample: ...
    @overload
    def __getitem__(self, position: slice) -> list[Sample]: ...
    def __getitem__(self, position: int | slice) -> Sample | list[Sample]:
        if isinstance(position, slice):
            return [self[one] for one in range(*position.indices(len(self)))]
        return Sample(
            image_id=self.ids[position],
            path=self.prefix + self.ids[position],
            class_name=self.class_names[self.labels[position]],
            index=int(self.rows[position]),
        )

    @property
    def present(self) -> tuple[str, ...]:
        """The classes that have images, in the order of ``class_names``."""
        return tuple(self.class_names[label] for label in sorted(set(self.labels)))

    def select(self, positions: Iterable[int]) -> "Entries":
        """The samples at ``positions``, in that order."""
        chosen = list(positions)
        return replace(
            self,
            ids=[self.ids[one] for one in chosen],
            labels=[self.labels[one] for one in chosen],
            sizes=[self.sizes[one] for one in chosen],
            rows=[self.rows[one] for one in chosen],
        )


@dataclass(frozen=True, kw_only=True)
class Samples:
    """Labelled images and how to read them.

    Attributes:
        name: of the data, for people.
        location: where the data lies, for people.
        entries: the images in a fixed order.
        read: reads one image under one condition; safe to call from several threads.
        ignored: files below the location that are no samples.
        conditions: for data that was corrupted before it was stored, the conditions it holds, clean only if it
            has clean images too. Empty for ordinary data, which is clean.
    """

    name: str
    location: str
    entries: Entries
    read: Callable[[Sample, Condition], Decoded]
    ignored: tuple[str, ...] = ()
    conditions: tuple[Condition, ...] = ()

    @property
    def class_names(self) -> tuple[str, ...]:
        """All classes of the data in their order, those without images too."""
        return self.entries.class_names

    @cached_property
    def fingerprint(self) -> str:
        """SHA-256 over conditions, class names, ids, labels and byte sizes, whatever the location."""
        entries, digest = self.entries, hashlib.sha256()
        head = (f"{one.kind}\0{one.name}\0{one.severity}\n" for one in self.conditions)
        names = (f"{name}\n" for name in self.class_names)
        rows = zip(entries.ids, entries.labels, entries.sizes, strict=True)
        for line in chain(head, names, (f"{one}\0{label}\0{size}\n" for one, label, size in rows)):
            digest.update(line.encode())
        return digest.hexdigest()

    def decode(self, sample: Sample, condition: Condition = CLEAN) -> Decoded:
        """Read one image as RGB.

        Args:
            sample: one of ``entries``.
            condition: as stored: clean, or one of ``conditions``. Corruptions made on the fly come later.

        Returns:
            The pixels, or a status that says why there are none.

        Raises:
            ValueError: the data does not store this condition.
        """
        stored = self.conditions or (CLEAN,)
        if condition not in stored:
            raise ValueError(f"expected a condition that {self.name} stores, such as {stored[0]}, got {condition}")
        return self.read(sample, condition)

    def select(self, positions: Iterable[int]) -> "Samples":
        """The same data reduced to the images at ``positions``, in that order."""
        return replace(self, entries=self.entries.select(positions))


def natural_key(name: str) -> tuple[tuple[str | int, ...], str]:
    """Sorting key under which numbers inside names count as numbers.

    Example:
        >>> sorted(["10", "9", "class 10", "class 2"], key=natural_key)
        ['9', '10', 'class 2', 'class 10']
    """
    return tuple(int(part) if part.isdecimal() else part for part in re.split(r"(\d+)", name)), name


def sorted_names(names: Iterable[str]) -> tuple[str, ...]:
    """Unique names in natural order."""
    return tuple(sorted(set(names), key=natural_key))


def readable(name: str) -> str:
    r"""A file name as text that any file format can hold; bytes that are no UTF-8 become ``\x..``.

    Example:
        >>> readable("caf\udce9.jpg")
        'caf\\xe9.jpg'
    """
    return name.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")


def normalised(name: str) -> str:
    """A class name in the one spelling under which names are compared: readable, unicode NFC."""
    return unicodedata.normalize("NFC", readable(name))
