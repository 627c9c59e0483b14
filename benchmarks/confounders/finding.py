"""The suspected confounders of one model's images: groups of every image and copy, and a coin."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor

from benchmarks.concepts.attributes import read_attributes
from benchmarks.confounders.groups import COIN, MEASURABLE, UNKNOWN, coin, cut_property, table_groups
from benchmarks.invariances.pool import PARTS
from benchmarks.invariances.running import Drawing, rounds
from benchmarks.invariances.tasks import Task
from xai.invariances import as_pixels

__all__ = ["Asked", "Confounder", "find_confounders", "names_asked"]


@dataclass(frozen=True, kw_only=True)
class Asked:
    """Which confounders are suspected.

    Attributes:
        properties: measured on images, see :data:`benchmarks.confounders.groups`.
        groups: into which each is cut.
        table: a CSV with a column for each confounder.
    """

    properties: tuple[str, ...] = ()
    groups: int = 4
    table: Path | None = None


@dataclass(frozen=True, kw_only=True)
class Confounder:
    """Groups of the images of every part.

    Attributes:
        name: of the confounder.
        names: of the G groups.
        groups: (N,) of 0..G-1 by part, -1 where it is not known.
        read: images (N, 3, H, W) in [0, 1] to groups; none where only a trained reader can tell.
    """

    name: str
    names: tuple[str, ...]
    groups: Mapping[str, Tensor]
    read: Callable[[Tensor], Tensor] | None = None


def find_confounders(task: Task, drawing: Drawing, asked: Asked) -> list[Confounder]:
    """Split the images of one model into the groups that are asked for, and by a coin."""
    found = []
    pixels = {part: as_pixels(drawing.pools[part].images) for part in PARTS}
    for name in asked.properties:
        cut = cut_property(name, pixels["train"], asked.groups)
        found.append(Confounder(name=name, names=cut.names, groups=_each(cut, pixels), read=cut))
    for attribute in read_attributes(asked.table, task.ids) if asked.table is not None else []:
        groups, names = table_groups(attribute)
        found.append(Confounder(name=attribute.name, names=names, groups=_of_ids(task, groups)))
    tossed = _of_ids(task, coin(task.ids, task.plan.seed))
    return [*found, Confounder(name=COIN, names=("heads", "tails"), groups=tossed)]


def names_asked(task: Task, asked: Asked) -> list[str]:
    """The confounders of one model, the coin last.

    Raises:
        ValueError: there is no such property, nothing is asked for, or the table does not fit the images.
    """
    if unknown := [name for name in asked.properties if name not in MEASURABLE]:
        raise ValueError(f"expected --properties among {', '.join(MEASURABLE)}, got {unknown[0]!r}")
    columns = [one.name for one in read_attributes(asked.table, task.ids)] if asked.table is not None else []
    if not asked.properties and not columns:
        raise ValueError("expected suspected confounders, got none; name --properties or a table with --attributes")
    if both := sorted({*asked.properties} & {*columns}):
        raise ValueError(f"expected every confounder once, got {both[0]} as property and column; rename the column")
    return [*asked.properties, *columns, COIN]


def _each(cut: Callable[[Tensor], Tensor], pixels: Mapping[str, Tensor]) -> dict[str, Tensor]:
    return {part: cut(images) for part, images in pixels.items()}


def _of_ids(task: Task, groups: Tensor) -> dict[str, Tensor]:
    """Groups of every copy in the pools; those of images that are only learned from are not known."""
    found = {}
    for part in PARTS:
        own = groups[task.parts[part]]
        if part == "train":
            own = torch.cat([own, own.new_full((len(task.more),), UNKNOWN)])
        found[part] = own.repeat(rounds(task.options, part))
    return found
