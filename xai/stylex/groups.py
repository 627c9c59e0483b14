"""Attribute groups: style coordinates that change the same part of the image become one attribute.

A cause that the decoder spreads over several channels reaches AttFind as several weak attributes. Here the coordinates
with the largest slopes are each described by what they change, in the direction that speaks for the class; those that
change the same are one group, which is read as one number and moved along one line, see :mod:`xai.stylex.slides`. What
is spread so thinly that no slope shows it is read as one of the independent components of the styles, see
:mod:`xai.stylex.components`; they stand for election beside the groups of coordinates, save those that tell the
decision by themselves: all that two classes differ in at once is no reason.

The first is chosen by what its own coordinates do, measured and not summed: the difference of the class's logit between
a standard deviation of the number above its mean and one below. That is what images usually differ by, so that a cause
which divides them in halves ranks before one that is as strong but at its ends in few images. Each further one is
chosen by what its whole line does while the numbers before it are held: the purest reading of what is left. Those whose
number is already told by those before them are left out, since one cause needs no second slider. This is no part of the
published method.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from xai.attribution.probe import Classifier, undisturbed
from xai.stylex.components import independent_readings
from xai.stylex.effects import Decode, Ends, Shift, StyleClassifier
from xai.stylex.slides import Reading, Slide, fit_slide, unexplained

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
        components: independent components that are searched, at most; 0 for none.
        restates: correlation with the decision from which a component is the class itself, which explains nothing.
        candidates: groups and components with the largest effects, among which the next one is chosen.
        follow: correlation with a group's number from which other coordinates move along with it; 1 moves its own.
        distinct: share of a number's variance that the groups before it must leave unexplained.
        least: effect of a group, as a share of the largest one.
        seed: of the search for components.
    """

    pool: int = 100
    images: int = 16
    distance: float = 0.6
    describe: Describe = pixels
    components: int = 64
    restates: float = 0.9
    candidates: int = 12
    follow: float = 0.5
    distinct: float = 0.5
    least: float = 0.2
    seed: int = 0

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
        slide: the line that they and what belongs to them move along, in the direction that speaks for the class; the
            coordinate with the largest slope is named first.
        effect: mean difference of the class's logit between one standard deviation above the mean and one below.
        towards: mean gain of it over images decided otherwise, at the end of the slide; NaN without any.
        away: mean loss of it over images decided as the class, at the other end; NaN without any.
    """

    slide: Slide
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
    among: Sequence[int] | None = None,
    population: Tensor | None = None,
    grouping: Grouping = Grouping(),
) -> list[Group]:
    """Find groups of style coordinates that speak for a class.

    Args:
        decode: styles (N, S) to images in [0, 1].
        classifier: images to logits (N, K).
        styles: (N, S) of images of every class.
        target: class that the groups are to speak for.
        count: groups, at most.
        among: coordinates to search; all if None.
        population: (M, S) styles of many images, which tell how coordinates move together and how far, without the
            classifier being asked; ``styles`` if None.
        grouping: how.

    Returns:
        Groups and components, the largest effect first. The first one is chosen by what its own coordinates do alone:
        with what belongs to them, a coordinate that only goes with the class would come first.
    """
    asked = StyleClassifier(decode=decode, classifier=classifier)
    population = styles if population is None else population
    ends = Ends.of(population)
    with undisturbed(classifier):
        slopes = asked.gradients(styles, target).mean(0)
        scaled = slopes * (ends.high - ends.low)
        pool = _pool(scaled, among, grouping.pool)
        if not len(pool):
            return []
        speaking = Shift(coordinates=tuple(pool.tolist()), directions=tuple((scaled[pool] > 0).long().tolist()))
        similar = _similarity(asked, styles, speaking, ends, grouping)
        readings = [_reading(speaking, members, slopes) for members in _clusters(similar, grouping.distance)]
        decided = (asked.logits(styles).argmax(1) == target).double()
        readings += [
            one
            for one in _components(population, among, grouping)
            if _correlation(one.of(styles), decided) < grouping.restates
        ]
        slides = _Election(asked, styles, population, target, grouping).chosen(readings, count)
        groups = [_measured(asked, styles, slide, target) for slide in slides]
    groups.sort(key=lambda group: -group.effect)
    return [group for group in groups if group.effect > 0 and group.effect >= grouping.least * groups[0].effect]


@dataclass(frozen=True)
class _Election:
    """Readings stand for a class, one after the other."""

    asked: StyleClassifier
    styles: Tensor
    population: Tensor
    target: int
    grouping: Grouping

    def chosen(self, readings: Sequence[Reading], count: int) -> list[Slide]:
        """Lines of at most so many readings, in the order of their choice."""
        alone = sorted((self._speaking(one) for one in readings), key=lambda one: -one[0])[: self.grouping.candidates]
        left, taken, slides = [one for one in alone if one[0] > 0], list[Reading](), list[Slide]()
        while left and len(slides) < count:
            lines = [fit_slide(self.population, one, held=taken, follow=self.grouping.follow) for _, one in left]
            effects = [_effect(self.asked, self.styles, line, self.target) for line in lines]
            if not taken:  # lest what only goes with the class comes first
                effects = [min(effect, own) for effect, (own, _) in zip(effects, left, strict=True)]
            best = effects.index(max(effects))
            slides.append(lines[best])
            taken.append(left[best][1])
            left = [one for one in left if unexplained(self.population, one[1], taken) >= self.grouping.distinct]
        return slides

    def _speaking(self, reading: Reading) -> tuple[float, Reading]:
        """What the coordinates of a reading do alone, and the reading in the direction that speaks for the class."""
        effect = _effect(self.asked, self.styles, fit_slide(self.population, reading, follow=1.0), self.target)
        return (effect, reading) if effect >= 0 else (-effect, reading.reversed())


def _components(population: Tensor, among: Sequence[int] | None, grouping: Grouping) -> list[Reading]:
    """Independent components of the coordinates that are searched."""
    if not grouping.components:
        return []
    columns = list(range(population.shape[1])) if among is None else list(among)
    found = independent_readings(population[:, columns], most=grouping.components, seed=grouping.seed)
    return [replace(one, coordinates=tuple(columns[place] for place in one.coordinates)) for one in found]


def _correlation(numbers: Tensor, decided: Tensor) -> float:
    """Between numbers and decisions, whatever its sign; 0 where all are decided alike."""
    return float(torch.corrcoef(torch.stack([numbers.double(), decided]))[0, 1].abs().nan_to_num())


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


def _reading(speaking: Shift, members: Sequence[int], slopes: Tensor) -> Reading:
    coordinates = tuple(speaking.coordinates[place] for place in members)
    return Reading(coordinates=coordinates, weights=tuple(slopes[list(coordinates)].tolist()))


def _effect(asked: StyleClassifier, styles: Tensor, slide: Slide, target: int) -> float:
    above, below = (asked.logits(slide.placed(styles, way))[:, target].double() for way in (1.0, -1.0))
    return float((above - below).mean())


def _measured(asked: StyleClassifier, styles: Tensor, slide: Slide, target: int) -> Group:
    logits = asked.logits(styles)
    inside, before = logits.argmax(1) == target, logits[:, target].double()
    forth, back = (asked.logits(way.applied(styles))[:, target].double() for way in (slide, slide.reversed()))
    return Group(
        slide=slide,
        effect=_effect(asked, styles, slide, target),
        towards=float((forth - before)[~inside].mean()),
        away=float((before - back)[inside].mean()),
    )
