"""Effects of the coordinates that matter without asking about all: gradients propose, forward passes decide.

One backward pass an image gives the slope of the logit in every coordinate, and slope times distance ranks all pairs of
direction and coordinate. The best are measured exactly, and only measured effects count. Slopes can mislead, so every
other pair is measured too, on a few images: what looks as strong there as what would be chosen is measured on all. If
what slopes alone had kept holds too little of the final choice, they are no guide, and everything is measured.
"""

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

from xai.faithfulness.stability import rank_correlation
from xai.stylex.effects import Ends, StyleClassifier

__all__ = ["Effects", "Screening", "every_effect", "screened_effects"]

Choose = Callable[[Tensor], list[tuple[int, float, int]]]
"""Gains (N, 2 S), NaN where unknown, to chosen pairs, see :func:`xai.stylex.selection.chosen_pairs`."""


@dataclass(frozen=True, kw_only=True)
class Screening:
    """How gradients choose what is measured.

    Attributes:
        pairs: of direction and coordinate that are measured on every image.
        checked: images on which all others are measured too; 0 trusts the gradients.
        suspicion: what a pair must gain on the checked images to be measured on all, as a share of the least that is
            chosen; below 1, because few images say little.
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

    def measure(gains: Tensor, which: Tensor, rows: Tensor) -> int:
        new = asked.effects(styles[rows], which, ends, base=base[rows], target=target)
        gains[rows[:, None], which] = new
        return len(rows) * len(which)

    every = torch.arange(len(styles), device=styles.device)
    gains = styles.new_full((len(styles), 2 * len(ends)), torch.nan)
    promised = _promised(asked, styles, ends, target)[:, pairs]
    order = promised.clamp(min=0).mean(0).argsort(descending=True)
    kept, rest = pairs[order[: screening.pairs]], pairs[order[screening.pairs :]]
    calls = 3 * len(styles) + measure(gains, kept, every)
    rows = _spread(base[:, target], screening.checked)
    if not len(rows):
        return Effects(gains=gains, calls=calls)
    trial = gains.clone()
    calls += measure(trial, rest, rows)
    correlation = rank_correlation(promised[rows].mean(0)[None, None], trial[rows][:, pairs].mean(0)[None, None])
    doubtful = _doubtful(trial[rows][:, rest], choose(gains), screening)
    calls += measure(gains, rest[doubtful], every)
    chosen = [pair for pair, _, _ in choose(gains)]
    recall = sum(pair in set(kept.tolist()) for pair in chosen) / len(chosen) if chosen else 1.0
    fallback = recall < screening.recall
    if fallback:
        calls += measure(gains, rest[~doubtful], every)
    return Effects(gains=gains, calls=calls, recall=recall, correlation=float(correlation), fallback=fallback)


def _promised(asked: StyleClassifier, styles: Tensor, ends: Ends, target: int) -> Tensor:
    """(N, 2 S) what the slopes at the styles promise of every pair."""
    slopes = asked.gradients(styles, target)
    return torch.cat([slopes * (ends.low - styles), slopes * (ends.high - styles)], dim=1)


def _spread(scores: Tensor, count: int) -> Tensor:
    """Rows of a few images, from the least to the most like the target in equal steps of rank."""
    count = min(count, len(scores))
    places = (torch.arange(count) + 0.5) * len(scores) / max(count, 1)
    return scores.argsort()[places.long().to(scores.device)]


def _doubtful(trial: Tensor, chosen: list[tuple[int, float, int]], screening: Screening) -> Tensor:
    """Which of the pairs on the checked images (m, P) are strong enough there to be measured on all."""
    least = min((effect for _, effect, _ in chosen), default=0.0)
    return trial.clamp(min=0).mean(0) > screening.suspicion * least
