"""Suspected confounders: what splits images into groups that a classifier should answer alike.

A group is a value of a column of a table, or a part of the range of something that is measured on the images. A coin
stands beside them: groups that mean nothing, so that what it gives is what the method gives for nothing.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import torch
from torch import Tensor

from benchmarks.concepts.attributes import Attribute
from xai.invariances import PROPERTIES

__all__ = ["COIN", "MEASURABLE", "UNKNOWN", "Cut", "coin", "cut_property", "table_groups"]

COIN, UNKNOWN = "coin", -1
"""The name of groups that mean nothing; the group of an image of which it is not known."""

MEASURABLE = ("hue", "saturation", "brightness", "contrast")
"""Properties that are one number or an angle."""

_MOST = 12  # groups of one confounder
_LEAST = 0.02  # share of the images that a group needs


@dataclass(frozen=True, kw_only=True)
class Cut:
    """Groups by something that is measured on images.

    Attributes:
        name: of :data:`xai.invariances.PROPERTIES`.
        edges: (G - 1,) rising values between groups.
        names: of the G groups.
    """

    name: str
    edges: Tensor
    names: tuple[str, ...]

    def __call__(self, images: Tensor) -> Tensor:
        """Groups (N,) of images (N, 3, H, W) in [0, 1]."""
        return torch.bucketize(_measured(self.name, images), self.edges.to(images), right=True)


def cut_property(name: str, images: Tensor, count: int) -> Cut:
    """Cut what is measured into groups: equal parts of the circle for hue, as many images in each for all else.

    Args:
        name: of a property.
        images: (N, 3, H, W) in [0, 1], by which to cut.
        count: G, groups.

    Raises:
        ValueError: there is no such property, or the images do not differ in it.

    Example:
        >>> images = torch.linspace(0, 1, 8).view(8, 1, 1, 1).expand(8, 3, 4, 4)
        >>> cut_property("brightness", images, 2)(images).tolist()
        [0, 0, 0, 0, 1, 1, 1, 1]
    """
    if name not in MEASURABLE:
        raise ValueError(f"expected --properties among {', '.join(MEASURABLE)}, got {name!r}")
    if not 2 <= count <= _MOST:
        raise ValueError(f"expected --groups in 2..{_MOST}, got {count}")
    if name == "hue":
        edges = torch.arange(1, count) * (360 / count)
        names = tuple(f"{360 * part / count:.0f}-{360 * (part + 1) / count:.0f} degrees" for part in range(count))
        return Cut(name=name, edges=edges, names=names)
    values = _measured(name, images)
    edges = torch.quantile(values.double(), torch.arange(1, count).double() / count).float().cpu()
    if len(edges.unique()) < len(edges) or not values.min() < edges[0] <= values.max():
        raise ValueError(f"expected images that differ in {name}, got too many of the same; take fewer --groups")
    ends = [f"{edge:.3g}" for edge in edges.tolist()]
    names = (f"below {ends[0]}", *(f"{low} to {high}" for low, high in pairwise(ends)))
    return Cut(name=name, edges=edges, names=(*names, f"from {ends[-1]}"))


def _measured(name: str, images: Tensor) -> Tensor:
    values = PROPERTIES[name](images)
    if name == "hue":
        return torch.rad2deg(torch.atan2(values[:, 1], values[:, 0])) % 360
    return values[:, 0]


def table_groups(attribute: Attribute, names: Sequence[str] = ()) -> tuple[Tensor, tuple[str, ...]]:
    """Groups (N,) and their names by a column of a table; -1 where it is not known.

    Args:
        attribute: of N images; numbers are cut into a lower and an upper half.
        names: of its categories.

    Raises:
        ValueError: fewer than two groups, too many, or one of fewer than 2 % of the images.
    """
    groups, found = attribute.values.long(), tuple(names)
    if attribute.number:
        middle = attribute.values[attribute.known].median()
        groups, found = (attribute.values > middle).long(), (f"up to {middle:.4g}", f"above {middle:.4g}")
    elif not found:
        found = tuple(str(one) for one in range(int(groups[attribute.known].max()) + 1))
    counts = groups[attribute.known].bincount(minlength=len(found))
    if not 2 <= len(found) <= _MOST:
        raise ValueError(
            f"expected 2..{_MOST} groups of {attribute.name}, got {len(found)}; merge or leave out the column"
        )
    if counts.min() < _LEAST * counts.sum():
        raise ValueError(
            f"expected at least {_LEAST:.0%} of the images in each group of {attribute.name}, got "
            f"{int(counts.min())} of {int(counts.sum())} in one; merge small groups"
        )
    return torch.where(attribute.known, groups, UNKNOWN), found


def coin(ids: Sequence[str], seed: int) -> Tensor:
    """Groups (N,) of 0 and 1 that mean nothing, decided by image ids.

    Example:
        >>> coin(["a", "b", "c", "d"], 0).tolist()
        [0, 0, 1, 1]
    """
    drawn = (hashlib.blake2b(f"{seed}\0{COIN}\0{one}".encode(), digest_size=1).digest()[0] & 1 for one in ids)
    return torch.tensor(list(drawn))
