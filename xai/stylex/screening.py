"""Effects of the coordinates that matter without asking about all: gradients propose, forward passes decide.

One backward pass an image gives the slope of the logit in every coordinate, and slope times distance ranks all pairs of
direction and coordinate. The best are measured exactly, and only measured effects count. Slopes can mislead, so every
other pair is measured too, on a few images; what looks as strong there as what would be chosen is measured on more, and
at last on all. If what slopes alone had kept holds too little of the final choice, they are no guide, and everything is
measured.
"""

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

from xai.faithfulness.stability import rank_correlation
from xai.stylex.effects import Ends, StyleClassifier

__all__ = ["Effects", "Screening", "every_effect", "screened_effects"]

_GROWTH = 4  # images of one round of the check, times those of the one before
_GOLDEN = (5**0.5 - 1) / 2

Choose = Callable[[Tensor], list[tuple[int, float, int]]]
"""Gains (N, 2 S), NaN where unknown, to chosen pairs, see :func:`xai.stylex.selection.chosen_pairs`."""


@dataclass(frozen=True, kw_only=True)
class Screening:
    """How gradients choose what is measured.

    Attributes:
        pairs: of direction and coordinate that are measured on every image.
        checked: images on which all others are measured too; 0 trusts the gradients.
        suspicion: what a pair must gain on these to be measured on more, as a share of the least that is chosen; below
            1, because few images say little, and the nearer to 1 the more there are.
        recall: the least share of the choice that gradients must have kept.
    """

    pairs: int = 32
    checked: int = 4
    suspicion: float = 0.7
    recall: float = 0.9

    def __post_init__(self) -> None:
        if self.pairs < 1 or self.checked < 0:
            raise ValueError(
                f"expected `pairs` of at least 1 and `checked` of at least 0, got {self.pairs} and {self.checked}"
            )


@dataclass(frozen=True, kw_only=True)
class Effects:
    """Measured effects, and how they were come by.

    Attributes:
        gains: (N, 2 S) gain of the target's logit for each pair, at d S + j; NaN where it was not measured.
        calls: images that were decoded and classified for it; a backward pass counts as two more.
        recall: share of the choice that gradients alone had kept, as far as the checked images tell; None where they
            were not asked, or nothing was checked.
        correlation: Spearman's, between the mean effects that slopes promise and those measured, over all pairs on the
            checked images; None likewise.
        fallback: whether gradients failed the check, so that everything was measured.
    """

    gains: Tensor
    calls: int
    recall: float | None = None
    correlation: float | None = None
    fallback: bool = False


def every_effect(
    asked: StyleClassifier, styles: Tensor, pairs: Tensor, ends: Ends, *, base: Tensor, target: int
) -> Effects:
    """Measure all pairs on all images.

    Args:
        asked: decoder and classifier.
        styles: (N, S).
        pairs: (P,) to search, d S + j.
        ends: where to.
        base: (N, K) logits of the styles as they are.
        target: class.
    """
    gains = styles.new_full((len(styles), 2 * len(ends)), torch.nan)
    gains[:, pairs] = asked.effects(styles, pairs, ends, base=base, target=target)
    return Effects(gains=gains, calls=len(styles) * len(pairs))


def screened_effects(
    asked: StyleClassifier,
    styles: Tensor,
    pairs: Tensor,
    ends: Ends,
    *,
    base: Tensor,
    target: int,
    screening: Screening,
    choose: Choose,
) -> Effects:
    """Measure the pairs that gradients propose, and those that the check adds.

    Args:
        asked: decoder and classifier.
        styles: (N, S).
        pairs: (P,) to search, d S + j.
        ends: where to.
        base: (N, K) logits of the styles as they are.
        target: class.
        screening: how.
        choose: what will be done with the effects.
    """
    if len(pairs) <= screening.pairs:
        return every_effect(asked, styles, pairs, ends, base=base, target=target)

    def measure(into: Tensor, which: Tensor, rows: Tensor) -> int:
        into[rows[:, None], which] = asked.effects(styles[rows], which, ends, base=base[rows], target=target)
        return len(rows) * len(which)

    rows = _spread(base[:, target])
    gains = styles.new_full((len(styles), 2 * len(ends)), torch.nan)
    promised = _promised(asked, styles, ends, target)[:, pairs]
    order = promised.clamp(min=0).mean(0).argsort(descending=True)
    kept, rest = pairs[order[: screening.pairs]], pairs[order[screening.pairs :]]
    calls = 3 * len(styles) + measure(gains, kept, rows)
    if not screening.checked:
        return Effects(gains=gains, calls=calls)
    trial, first = gains.clone(), rows[: screening.checked]
    late, extra = _race(measure, trial, rest, rows, choose(gains), screening)
    gains[:, late] = trial[:, late]
    chosen, known = [pair for pair, _, _ in choose(gains)], set(kept.tolist())
    recall = sum(pair in known for pair in chosen) / len(chosen) if chosen else 1.0
    fallback = recall < screening.recall
    if fallback:
        extra += measure(gains, pairs[gains[0, pairs].isnan()], rows)
    correlation = rank_correlation(promised[first].mean(0)[None, None], trial[first][:, pairs].mean(0)[None, None])
    return Effects(gains=gains, calls=calls + extra, recall=recall, correlation=float(correlation), fallback=fallback)


def _race(
    measure: Callable[[Tensor, Tensor, Tensor], int],
    trial: Tensor,
    rest: Tensor,
    rows: Tensor,
    chosen: list[tuple[int, float, int]],
    screening: Screening,
) -> tuple[Tensor, int]:
    """Measure the other pairs on more and more images, those alone that stay as strong as what would be chosen.

    Returns:
        The pairs that are left, measured on all images, and the number of images that were asked about.
    """
    least = min((effect for _, effect, _ in chosen), default=0.0)
    measured, count, calls = 0, min(screening.checked, len(rows)), 0
    while len(rest) and measured < len(rows):
        calls += measure(trial, rest, rows[measured:count])
        means = trial[rows[:count]][:, rest].clamp(min=0).mean(0)
        doubt = (1 - screening.suspicion) * (screening.checked / count) ** 0.5  # as the error of a mean shrinks
        rest = rest[means > (1 - doubt) * least]
        measured, count = count, min(_GROWTH * count, len(rows))
    return rest, calls


def _promised(asked: StyleClassifier, styles: Tensor, ends: Ends, target: int) -> Tensor:
    """(N, 2 S) what the slopes at the styles promise of every pair."""
    slopes = asked.gradients(styles, target)
    return torch.cat([slopes * (ends.low - styles), slopes * (ends.high - styles)], dim=1)


def _spread(scores: Tensor) -> Tensor:
    """All rows, in an order of which every beginning is spread over the scores (multiples of the golden ratio)."""
    places = (torch.arange(len(scores), dtype=torch.float64) * _GOLDEN % 1).argsort()
    return scores.argsort()[places.to(scores.device)]
