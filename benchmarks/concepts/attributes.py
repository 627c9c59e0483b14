"""What is known of images: a value of each for some of them, from class folders, tables or edits; it names a factor."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pandas as pd
import torch
from torch import Tensor

from xai.iin import RESIDUAL, pairs_alike, pairs_close

__all__ = [
    "CLASS",
    "Attribute",
    "class_attribute",
    "image_attribute",
    "pair_rows",
    "read_attributes",
    "twin_rows",
]

CLASS = "class"
"""The factor that class labels name."""

_KEYS = ("image_id", "path", "file", "filename", "image", "name")  # columns that say which image a row is of
_FEW = 10  # different whole numbers up to which they are categories


@dataclass(frozen=True, kw_only=True)
class Attribute:
    """One attribute of N images.

    Attributes:
        name: of the attribute, and of the factor.
        values: (N,) int64 for categories, float64 for numbers; anything where it is not known.
        known: (N,) bool.
        source: where it is from, in words.
        twins: (N,) int64, for two-valued attributes of which images have two copies that differ in nothing else: the
            number of the image, -1 for what is no such copy. None where there are none.
    """

    name: str
    values: Tensor
    known: Tensor
    source: str
    twins: Tensor | None = None

    @property
    def number(self) -> bool:
        """Whether values are numbers, not categories."""
        return bool(self.values.is_floating_point())

    @property
    def constant(self) -> bool:
        """Whether the known values do not differ."""
        return bool(self.values[self.known].unique().numel() < 2)

    def rows(self, among: Tensor) -> Tensor:
        """Those of some rows where it is known."""
        return among[self.known[among]]

    def take(self, rows: Tensor) -> "Attribute":
        """The attribute of other rows, in their order."""
        twins = None if self.twins is None else self.twins[rows]
        return replace(self, values=self.values[rows], known=self.known[rows], twins=twins)

    def extend(self, count: int) -> "Attribute":
        """The attribute with rows more, of which it is not known."""
        return replace(
            self,
            values=torch.cat([self.values, self.values.new_zeros(count)]),
            known=torch.cat([self.known, self.known.new_zeros(count)]),
            twins=None if self.twins is None else torch.cat([self.twins, self.twins.new_full((count,), -1)]),
        )


def class_attribute(labels: Sequence[int]) -> Attribute:
    """The class labels as an attribute."""
    return image_attribute(CLASS, np.asarray(labels, dtype=np.int64), source="class labels")


def image_attribute(name: str, values: np.ndarray, *, source: str) -> Attribute:
    """An attribute that is known of every image: integers and booleans are categories."""
    kind = np.float64 if np.issubdtype(values.dtype, np.floating) else np.int64
    return Attribute(
        name=name,
        values=torch.tensor(values.astype(kind)),
        known=torch.ones(len(values), dtype=torch.bool),
        source=source,
    )


def read_attributes(path: Path, ids: Sequence[str]) -> list[Attribute]:
    """Read a CSV with one row an image and a column for each attribute.

    Columns of words, and of at most ten different whole numbers, are categories; other columns of numbers are numbers.
    Empty cells are not known.

    Args:
        path: the table; a column ``image_id``, ``path``, ``file``, ``filename``, ``image`` or ``name`` holds image ids,
            or file names where these are different.
        ids: of the N images.

    Raises:
        ValueError: no such column, images named twice, none of the N images, or a name that is taken.
    """
    table = pd.read_csv(path, dtype=str, keep_default_na=False)
    key = next((name for name in _KEYS if name in table), None)
    if key is None:
        raise ValueError(f"expected a column among {', '.join(_KEYS)} in {path}, got {', '.join(table.columns)}")
    taken = {CLASS, RESIDUAL} & set(table.columns)
    if taken:
        raise ValueError(f"expected attributes of other names than {CLASS} and {RESIDUAL} in {path}, got {taken.pop()}")
    rows = _match(table[key], ids, path)
    return [_column(name, table[name].reindex(rows).fillna("")) for name in table.columns if name != key]


def pair_rows(attribute: Attribute, rows: Tensor, *, generator: torch.Generator) -> Tensor:
    """Pairs (P, 2) of rows that share an attribute: the same category, or a number close by in rank.

    Args:
        attribute: of all rows.
        rows: among which to pair; where it is not known is left out.
        generator: of the partners.
    """
    pair = pairs_close if attribute.number else pairs_alike
    return pair(attribute.values, rows=attribute.rows(rows), generator=generator)


def twin_rows(attribute: Attribute, rows: Tensor) -> Tensor:
    """Pairs (P, 2) of rows that are copies of one image and differ in the attribute alone, the lower value first.

    Args:
        attribute: of all rows, with twins.
        rows: among which to pair.
    """
    if attribute.twins is None:
        raise ValueError(f"expected copies of images that differ in {attribute.name!r} alone, got none")
    rows = rows[attribute.known[rows] & (attribute.twins[rows] >= 0)]
    if not len(rows):
        return torch.empty(0, 2, dtype=torch.int64)
    low = attribute.values[rows] == attribute.values[rows].min()
    first, second = rows[low], rows[~low]
    second = second[attribute.twins[second].argsort(stable=True)]
    place = torch.searchsorted(attribute.twins[second], attribute.twins[first])
    there = place < len(second)
    first, second = first[there], second[place[there]]
    same = attribute.twins[first] == attribute.twins[second]
    return torch.stack([first[same], second[same]], 1)


def _match(keys: "pd.Series[str]", ids: Sequence[str], path: Path) -> list[int]:
    """For each image the row of the table, or -1."""
    for short in (str, lambda name: Path(name).name):
        wanted = [short(one) for one in ids]
        found = {short(key): row for row, key in enumerate(keys)}
        if len(set(wanted)) < len(wanted) or not found.keys() & set(wanted):
            continue
        if len(found) < len(keys):
            raise ValueError(f"expected every image once in {path}, got {len(keys) - len(found)} rows of others again")
        return [found.get(one, -1) for one in wanted]
    raise ValueError(f"expected image ids such as {ids[0]!r} in {path}, got {str(keys.iloc[0])!r} and others")


def _column(name: str, cells: "pd.Series[str]") -> Attribute:
    known = (cells != "").to_numpy()
    numbers = pd.to_numeric(cells.where(known), errors="coerce").to_numpy(np.float64)
    there = numbers[known]
    numeric = known.any() and np.isfinite(there).all()
    if numeric and (len(np.unique(there)) > _FEW or (there % 1).any()):
        values = torch.tensor(np.where(known, numbers, 0.0))
    else:
        values = torch.tensor(pd.factorize(cells.where(known, None), sort=True)[0].astype(np.int64))
    return Attribute(name=name, values=values, known=torch.tensor(known), source="attribute table")
