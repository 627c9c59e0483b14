"""Attribute groups: style coordinates that change the same part of the image become one attribute.

A cause that the decoder spreads over several channels reaches AttFind as several weak attributes. Here the coordinates
with the largest slopes are each described by what they change, in the direction that speaks for the class; those that
change the same are one group, and groups are ranked by what they do together, measured and not summed: the difference
of the logit between both ends. What damages an image at either end moves the logit to the middle and ranks low, though
it would count as a gain of the images that are decided otherwise. This is no part of the published method.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from xai.attribution.probe import Classifier, undisturbed
from xai.stylex.effects import Decode, Ends, Shift, StyleClassifier

__all__ = ["Group", "Grouping", "find_groups", "pixels"]

Describe = Callable[[Tensor], Tensor]
"""Images (N, 3, H, W) to what is compared of them, N rows of any shape."""


def pixels(images: Tensor) -> Tensor:
    """Images as they are."""
    return images


@dataclass(frozen=True, kw_only=True)
class Grouping:
    """How coordinates are grouped.

    Attributes:
        pool: coordinates with the largest slopes that are grouped.
        images: on which their changes are compared.
        distance: of average-linkage clustering on one minus the cosine, at which groups stay apart.
        describe: what is compared of images: pixels, so that groups change the same place. What does not depend on the
            place, such as pooled features, joins channels that do the same in different places.
    """

    pool: int = 100
    images: int = 16
    distance: float = 0.6
    describe: Describe = pixels

    def __post_init__(self) -> None:
        if self.pool < 1 or self.images < 1 or not 0 < self.distance < 2:
            raise ValueError(
                f"expected `pool` and `images` of at least 1 and `distance` between 0 and 2, got {self.pool}, "
                f"{self.images} and {self.distance}"
            )


@dataclass(frozen=True, kw_only=True)
class Group:
    """Coordinates that change the same.

    Attributes:
        shift: all of them, in the direction that speaks for the class; the largest slope first.
        effect: mean difference of the class's logit between both ends, over all images.
        towards: mean gain of it over images decided otherwise, under the shift; NaN without any.
        away: mean loss of it over images decided as the class, under the reversed shift; NaN without any.
    """

    shift: Shift
    effect: float
    towards: float
    away: float


def find_groups(
    decode: Decode,
    classifier: Classifier,
    styles: Tensor,
    *,
    target: int,
    count: int,
    ends: Ends | None = None,
    among: Sequence[int] | None = None,
    grouping: Grouping = Grouping(),
) -> list[Group]:
    """Find groups of style coordinates that speak for a class.

    Args:
        decode: styles (N, S) to images in [0, 1].
        classifier: images to logits (N, K).
        styles: (N, S) of images of every class.
        target: class that the groups are to speak for.
        count: groups, at most.
        ends: where to; 1st and 99th percentile of ``styles`` if None.
        among: coordinates to search; all if None.
        grouping: how.

    Returns:
        Groups, the largest effect first; those without a positive effect are left out.
    """
    asked = StyleClassifier(decode=decode, classifier=classifier)
    ends = ends or Ends.of(styles)
    with undisturbed(classifier):
        logits = asked.logits(styles)
        slopes = asked.gradients(styles, target).mean(0) * (ends.high - ends.low)
        pool = _pool(slopes, among, grouping.pool)
        if not len(pool):
            return []
        speaking = Shift(coordinates=tuple(pool.tolist()), directions=tuple((slopes[pool] > 0).long().tolist()))
        similar = _similarity(asked, styles, speaking, ends, grouping)
        shifts = [_part(speaking, members) for members in _clusters(similar, grouping.distance)]
        groups = [_measured(asked, styles, shift, ends, logits, target) for shift in shifts]
    ranked = sorted((group for group in groups if group.effect > 0), key=lambda group: -group.effect)
    return ranked[:count]


def _pool(slopes: Tensor, among: Sequence[int] | None, count: int) -> Tensor:
    """The coordinates with the largest mean slopes times distance, the largest first."""
    sizes = slopes.abs()
    if among is not None:
        left_out = torch.ones_like(sizes, dtype=torch.bool)
        left_out[list(among)] = False
        sizes = sizes.masked_fill(left_out, 0)
    order = sizes.argsort(descending=True)[:count]
    return order[sizes[order] > 0]


def _similarity(asked: StyleClassifier, styles: Tensor, speaking: Shift, ends: Ends, grouping: Grouping) -> Tensor:
    """(P, P) cosines between what coordinates change, over images in equal steps of the sample, on the CPU."""
    rows = torch.linspace(0, len(styles) - 1, min(grouping.images, len(styles))).round().long()
    total = torch.zeros(len(speaking.coordinates), len(speaking.coordinates), dtype=torch.float64)
    for style in styles[rows.to(styles.device)]:
        many = style.repeat(len(speaking.coordinates), 1)
        after, before = (
            grouping.describe(asked.images(_each(many, shift, ends))) for shift in (speaking, speaking.reversed())
        )
        change = (after - before).flatten(1).float()
        total += (change @ change.T).double().cpu()
    norms = total.diagonal().clamp(min=torch.finfo(torch.float64).tiny).sqrt()
    return total / norms[:, None] / norms


def _each(many: Tensor, shift: Shift, ends: Ends) -> Tensor:
    """Row by row one coordinate of the shift: (P, S)."""
    rows, columns = torch.arange(len(many)), list(shift.coordinates)
    moved = many.clone()
    moved[rows, columns] = torch.stack([ends.low, ends.high])[list(shift.directions), columns]
    return moved


def _clusters(similar: Tensor, distance: float) -> list[list[int]]:
    """Members of each cluster, in order."""
    from scipy.cluster.hierarchy import fcluster, linkage
    from scipy.spatial.distance import squareform

    if len(similar) == 1:
        return [[0]]
    apart = (1 - (similar + similar.T) / 2).clamp(min=0).fill_diagonal_(0)
    labels = fcluster(linkage(squareform(apart.numpy()), method="average"), distance, criterion="distance")
    return [[place for place, own in enumerate(labels) if own == label] for label in sorted(set(labels))]


def _part(shift: Shift, members: Sequence[int]) -> Shift:
    return Shift(
        coordinates=tuple(shift.coordinates[place] for place in members),
        directions=tuple(shift.directions[place] for place in members),
    )


def _measured(asked: StyleClassifier, styles: Tensor, shift: Shift, ends: Ends, logits: Tensor, target: int) -> Group:
    inside, before = logits.argmax(1) == target, logits[:, target].double()
    forth, back = (asked.logits(way.applied(styles, ends))[:, target].double() for way in (shift, shift.reversed()))
    return Group(
        shift=shift,
        effect=float((forth - back).mean()),
        towards=float((forth - before)[~inside].mean()),
        away=float((before - back)[inside].mean()),
    )
