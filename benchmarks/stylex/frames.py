"""Attributes as pictures: held-out images on the way from one end to the other, and images that are turned."""

from collections.abc import Iterator
from dataclasses import dataclass

import torch
from torch import Tensor

from benchmarks.stylex.explaining import Explained
from xai.stylex import Counterfactual, Move, joint_changes

__all__ = ["Course", "Turned", "attribute_courses", "turned_images"]

_STEPS = 7
_TOWARDS, _AWAY = 2, 1  # images shown of each side
_EACH_SIDE = 3  # images that are turned, of each side
_ERRORS = 2
_MOST_CHANGES = 5


@dataclass(frozen=True, kw_only=True)
class Course:
    """One image under one attribute.

    Attributes:
        attribute: number of the attribute, from 1.
        row: of the image among those judged.
        frames: (F, 3, side, side) in [0, 1] from the end that speaks against the class to the one that speaks for it.
        probabilities: (F,) of the class.
        gain: log-odds gained between the image as it is decoded and the end that turns it.
    """

    attribute: int
    row: int
    frames: Tensor
    probabilities: Tensor
    gain: float

    @property
    def difference(self) -> Tensor:
        """(side, side) how much brighter the last frame is than the first, mean over channels."""
        return (self.frames[-1] - self.frames[0]).mean(0)


@dataclass(frozen=True, kw_only=True)
class Turned:
    """One image and the attributes that turn its decision.

    Attributes:
        row: of the image among those judged.
        towards: whether it is turned into the class, rather than away from it.
        told: the changes; their targets are what the image is turned into.
        attributes: number of each change's attribute, from 1.
        frames: (k + 1, 3, side, side) as decoded, and after each change.
        probabilities: (k + 1,) of the class.
    """

    row: int
    towards: bool
    told: Counterfactual
    attributes: tuple[int, ...]
    frames: Tensor
    probabilities: Tensor

    @property
    def difference(self) -> Tensor:
        """(side, side) how much brighter the last frame is than the first, mean over channels."""
        return (self.frames[-1] - self.frames[0]).mean(0)


def attribute_courses(explained: Explained) -> list[list[Course]]:
    """For each attribute, the images that it explains best: those it moves farthest from their decision."""
    return [list(_courses(explained, number, group.slide)) for number, group in enumerate(explained.groups, start=1)]


def _courses(explained: Explained, number: int, shift: Move) -> Iterator[Course]:
    before = explained.asked.logits(explained.styles)[:, 1]
    for inside, way, count in ((False, shift, _TOWARDS), (True, shift.reversed(), _AWAY)):
        rows = (explained.inside == inside).nonzero()[:, 0]
        if not len(rows):
            continue
        own = explained.styles[rows.to(explained.styles.device)]
        after = explained.asked.logits(way.applied(own, explained.ends))[:, 1]
        gains = (after - before[rows.to(before.device)]).cpu() * (-1 if inside else 1)
        for place in gains.argsort(descending=True)[:count].tolist():
            frames, probabilities = _course(explained, own[place], shift)
            yield Course(
                attribute=number,
                row=int(rows[place]),
                frames=frames,
                probabilities=probabilities,
                gain=float(gains[place]),
            )


def _course(explained: Explained, style: Tensor, shift: Move) -> tuple[Tensor, Tensor]:
    amounts = torch.linspace(0, 1, _STEPS, device=style.device, dtype=style.dtype)[:, None]
    start = shift.reversed().applied(style.repeat(_STEPS, 1), explained.ends)
    styles = shift.applied(start, explained.ends, amount=amounts)
    return explained.asked.images(styles).cpu(), explained.probabilities(styles)


def turned_images(explained: Explained) -> list[Turned]:
    """Images of both sides, sure and unsure, and the surest errors: which attributes turn their decision."""
    odds = explained.asked.logits(explained.styles)[:, 1].cpu()
    return [_turned(explained, row) for row in _rows(odds, explained)]


def _rows(odds: Tensor, explained: Explained) -> list[int]:
    wrong = explained.inside != (explained.labels == explained.setting.label)
    errors = wrong.nonzero()[:, 0]
    chosen = errors[odds[errors].abs().argsort(descending=True)][:_ERRORS].tolist()
    for inside in (False, True):
        rows = ((explained.inside == inside) & ~wrong).nonzero()[:, 0]
        ordered = rows[odds[rows].abs().argsort()]
        places = torch.linspace(0, len(ordered) - 1, min(_EACH_SIDE, len(ordered))).round().long()
        chosen += ordered[places].tolist()
    return chosen


def _turned(explained: Explained, row: int) -> Turned:
    towards = not bool(explained.inside[row])
    shifts: list[Move] = [group.slide if towards else group.slide.reversed() for group in explained.groups]
    view, style = (explained.view if towards else explained.view.reversed()), explained.styles[row]
    told = joint_changes(
        explained.system.decode, view, style, target=1, count=_MOST_CHANGES, ends=explained.ends, options=shifts
    )
    styles = [style[None]]
    for change in told.changes:
        styles.append(change.shift.applied(styles[-1], explained.ends))
    steps = torch.cat(styles)
    return Turned(
        row=row,
        towards=towards,
        told=told,
        attributes=tuple(shifts.index(change.shift) + 1 for change in told.changes),
        frames=explained.asked.images(steps).cpu(),
        probabilities=explained.probabilities(steps),
    )
