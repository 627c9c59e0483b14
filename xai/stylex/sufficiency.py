"""Sufficiency: how many attributes, moved together, does it take to change decisions?

The curve begins with no attribute at all, where decisions differ only because the decoder does not draw images as they
were: what attributes do is what the curve adds to that.

Reference:
    Lang et al., Explaining in Style, 2021, section 4.3 (sufficiency), https://arxiv.org/abs/2104.13369
"""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from xai.attribution.probe import Classifier, undisturbed
from xai.iin.estimates import Estimate, rate
from xai.stylex.effects import Decode, Ends, Shift, StyleClassifier
from xai.stylex.slides import Move

__all__ = ["Sufficiency", "random_shifts", "sufficiency"]


@dataclass(frozen=True, kw_only=True)
class Sufficiency:
    """Share of decisions that change under the first k of K attributes, for k = 0..K.

    Attributes:
        towards: of images that the classifier decided otherwise, those now decided as the class; None without any.
        away: of images that it decided as the class, those that no longer are, under the reversed attributes; None
            without any.
    """

    towards: tuple[Estimate, ...] | None
    away: tuple[Estimate, ...] | None


def sufficiency(
    decode: Decode,
    classifier: Classifier,
    styles: Tensor,
    shifts: Sequence[Move],
    *,
    target: int,
    ends: Ends,
    decisions: Tensor | None = None,
) -> Sufficiency:
    """Move the first k attributes together, for every k, and count decisions.

    Args:
        decode: styles (N, S) to images in [0, 1].
        classifier: images to logits (N, K).
        styles: (N, S) of images that attributes were not chosen on, or the curve flatters.
        shifts: attributes in order, in the direction that speaks for the target.
        target: class.
        ends: where to.
        decisions: (N,) classes of the images themselves, so that k = 0 counts what the decoder changes; those of the
            decoded images if None.
    """
    asked = StyleClassifier(decode=decode, classifier=classifier)
    with undisturbed(classifier):
        before = asked.logits(styles).argmax(1) if decisions is None else decisions.to(styles.device)
        inside = before == target
        forth = _along(asked, styles[~inside], shifts, ends) == target
        back = _along(asked, styles[inside], [shift.reversed() for shift in shifts], ends) != target
    return Sufficiency(
        towards=_rates(forth, "share of images decided otherwise that are now decided as the class"),
        away=_rates(back, "share of images decided as the class that no longer are"),
    )


def random_shifts(among: Sequence[int], count: int, *, generator: torch.Generator) -> list[Shift]:
    """Different coordinates in random directions: what a curve shows for nothing.

    Args:
        among: coordinates to draw from.
        count: how many, at most all.
        generator: of the draw.
    """
    drawn = torch.randperm(len(among), generator=generator)[:count].tolist()
    ways = torch.randint(2, (len(drawn),), generator=generator).tolist()
    return [Shift(coordinates=(among[place],), directions=(way,)) for place, way in zip(drawn, ways, strict=True)]


def _along(asked: StyleClassifier, styles: Tensor, shifts: Sequence[Move], ends: Ends) -> Tensor:
    """(N, K + 1) decisions under the first 0..K shifts."""
    if not len(styles):
        return torch.empty(0, len(shifts) + 1, dtype=torch.long)
    moved, decided = styles, [asked.logits(styles).argmax(1)]
    for shift in shifts:
        moved = shift.applied(moved, ends)
        decided.append(asked.logits(moved).argmax(1))
    return torch.stack(decided, 1).cpu()


def _rates(changed: Tensor, convention: str) -> tuple[Estimate, ...] | None:
    if not len(changed):
        return None
    return tuple(rate(int(hits), len(changed), convention=convention) for hits in changed.sum(0))
