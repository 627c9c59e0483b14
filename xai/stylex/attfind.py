"""AttFind: which style coordinates, moved to an end, speak for a class, in the order in which they explain images.

Departures from the notebook, each of which it would silently get wrong: the opposite direction of a chosen coordinate
is out too; ends are percentiles unless they are given; nothing is chosen that helps no image; and when every image is
explained, the search starts over with all of them, where the notebook takes the mean of none.

Reference:
    Lang et al., Explaining in Style, 2021, algorithm 1, https://arxiv.org/abs/2104.13369
"""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from xai.attribution.probe import Classifier, undisturbed
from xai.stylex.effects import Decode, Ends, Shift, StyleClassifier
from xai.stylex.screening import Effects, Screening, every_effect, screened_effects
from xai.stylex.selection import chosen_pairs, usual_enough

__all__ = ["Attribute", "Search", "find_attributes", "search_attributes"]


@dataclass(frozen=True, kw_only=True)
class Attribute:
    """A style coordinate that speaks for a class when it moves to one end.

    Attributes:
        coordinate: column of the styles.
        direction: 0 towards the low end, 1 towards the high end.
        effect: mean gain of the class's logit over the images that were not yet explained; losses count as none.
        images: number of those images.
    """

    coordinate: int
    direction: int
    effect: float
    images: int

    @property
    def shift(self) -> Shift:
        """The attribute as something to be done to styles."""
        return Shift(coordinates=(self.coordinate,), directions=(self.direction,))


@dataclass(frozen=True, kw_only=True)
class Search:
    """What a search found, and how far to trust it.

    Attributes:
        attributes: the most explaining first.
        effects: what was measured on the way.
        ends: where coordinates were moved to.
        images: rows of the styles that were searched: those that are decided otherwise.
    """

    attributes: list[Attribute]
    effects: Effects
    ends: Ends
    images: Tensor


def find_attributes(  # noqa: PLR0913 - the plain call, every choice of the paper and its notebook by name
    decode: Decode,
    classifier: Classifier,
    styles: Tensor,
    *,
    target: int,
    count: int,
    exact: bool = False,
    low: Tensor | None = None,
    high: Tensor | None = None,
    explained: str = "cumulative",
    enough: float | None = None,
    among: Sequence[int] | None = None,
    batch_size: int = 256,
) -> list[Attribute]:
    """Find the style coordinates that turn images into a class.

    Args:
        decode: styles (N, S) to images in [0, 1].
        classifier: images to logits (N, K). Wrap it to count other things than logits, such as margins.
        styles: (N, S) of images of every class; those that are decided as the target already only make the ends.
        target: class to turn images into.
        count: attributes to find, at most; fewer where nothing else helps.
        exact: ask about every coordinate and image, 2 N S images in all; otherwise gradients choose which to ask about.
        low: (S,) lower ends; 1st percentile of ``styles`` if None.
        high: (S,) upper ends; 99th percentile if None.
        explained: when an image is: ``cumulative``, as soon as the gains of the chosen attributes sum to ``enough``
            (notebook), or ``single``, as soon as one of them gains it (paper).
        enough: gain in logits; if None three times the median distance of an image from the target (the notebook's
            fixed 1.0 suits one model).
        among: coordinates to search; all if None. Lang et al. leave out those that only colour the image (toRGB).
        batch_size: images a pass; halved whenever memory runs out.

    Returns:
        Attributes, the most explaining first.

    Raises:
        ValueError: an unknown class or rule, ends of another shape, or no image that is decided otherwise.

    Example:
        >>> decode = lambda styles: styles[:, :3, None, None].sigmoid()
        >>> classifier = lambda images: torch.stack([-images[:, 1, 0, 0], images[:, 1, 0, 0] - 1], 1)
        >>> styles = torch.randn(40, 3, generator=torch.Generator().manual_seed(0))
        >>> found = find_attributes(decode, classifier, styles, target=1, count=2)
        >>> [(one.coordinate, one.direction) for one in found]
        [(1, 1)]
    """
    asked = StyleClassifier(decode=decode, classifier=classifier, batch_size=batch_size)
    ends = Ends.of(styles)
    ends = Ends(low=ends.low if low is None else low, high=ends.high if high is None else high)
    screening = None if exact else Screening()
    return search_attributes(
        asked, styles, ends, target=target, count=count, screening=screening, rule=(explained, enough), among=among
    ).attributes


def search_attributes(
    asked: StyleClassifier,
    styles: Tensor,
    ends: Ends,
    *,
    target: int,
    count: int,
    screening: Screening | None,
    rule: tuple[str, float | None] = ("cumulative", None),
    among: Sequence[int] | None = None,
) -> Search:
    """What :func:`find_attributes` does, with all that was measured on the way.

    Args:
        asked: decoder and classifier.
        styles: (N, S).
        ends: where to.
        target: class to turn images into.
        count: attributes to find, at most.
        screening: how gradients choose; None asks about everything.
        rule: when an image is explained, and the gain that it takes; None for three times the median distance.
        among: coordinates to search; all if None.

    Raises:
        ValueError: ``count`` below 1, or styles of another width than their ends.
    """
    explained, enough = rule
    if count < 1:
        raise ValueError(f"expected `count` of at least 1, got {count}")
    if styles.ndim != 2 or styles.shape[1] != len(ends):
        raise ValueError(f"expected `styles` of shape (N, {len(ends)}) like their ends, got {tuple(styles.shape)}")
    with undisturbed(asked.classifier):
        rows, base = _others(asked, styles, target)
        gain = usual_enough(base, target) if enough is None else enough
        pairs = _pairs(among, len(ends), styles.device)
        searched = styles[rows]

        def choose(gains: Tensor) -> list[tuple[int, float, int]]:
            return chosen_pairs(gains, count=count, enough=gain, explained=explained)

        if screening is None:
            effects = every_effect(asked, searched, pairs, ends, base=base, target=target)
        else:
            effects = screened_effects(
                asked, searched, pairs, ends, base=base, target=target, screening=screening, choose=choose
            )
    found = [
        Attribute(coordinate=pair % len(ends), direction=pair // len(ends), effect=effect, images=images)
        for pair, effect, images in choose(effects.gains)
    ]
    return Search(attributes=found, effects=effects, ends=ends, images=rows)


def _others(asked: StyleClassifier, styles: Tensor, target: int) -> tuple[Tensor, Tensor]:
    """Rows of the images that are decided otherwise, and their logits."""
    logits = asked.logits(styles)
    if not 0 <= target < logits.shape[1]:
        raise ValueError(f"expected `target` in 0..{logits.shape[1] - 1}, the classifier's classes, got {target}")
    rows = (logits.argmax(1) != target).nonzero()[:, 0]
    if not len(rows):
        raise ValueError(f"expected images that are not decided as class {target}, got none to turn into it")
    return rows, logits[rows]


def _pairs(among: Sequence[int] | None, size: int, device: torch.device) -> Tensor:
    """(P,) pairs of both directions of the coordinates to search."""
    columns = torch.arange(size) if among is None else torch.as_tensor(sorted(set(among)))
    if not len(columns) or columns.min() < 0 or columns.max() >= size:
        raise ValueError(f"expected `among` of coordinates in 0..{size - 1}, got {list(among or [])[:5]}")
    return torch.cat([columns, columns + size]).to(device)
