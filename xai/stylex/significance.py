"""Whether an attribute says anything: on images that it was not chosen on, of a classifier that knows its classes.

Among hundreds of coordinates some always seem to matter. Two questions tell such a find from an attribute. Does it
move the class's logit the stated way on other images, beyond what the best of so many tries would by chance? And do
decisions on the decoded images go with the labels at all? A classifier that guesses reacts to some coordinates as
reliably as any other, but nothing that moves a guess explains a class.

The first question compares both ends of every image. The gain of images that are decided otherwise would not do: any
damage moves an extreme logit back to the middle, which looks like a gain.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field

import torch
from torch import Tensor

from xai.attribution.probe import Classifier, undisturbed
from xai.iin.estimates import Estimate, bootstrap
from xai.stylex.effects import Decode, Ends, StyleClassifier
from xai.stylex.slides import Move

__all__ = ["Finding", "Verdicts", "judge_shifts"]

_LEVEL = 0.025  # one-sided, of all shifts together
_ROUNDING = 100  # units in the last place that a logit may be off


@dataclass(frozen=True, kw_only=True)
class Finding:
    """What one attribute does on other images.

    Attributes:
        swing: mean difference of the target's logit between the end that speaks for it and the other end.
        p: chance of such a mean or a larger one if there were none, one-sided (Student), times the number of shifts.
        significant: whether that is at most 2.5 %, of a classifier that knows its classes.
        swings: (N,) the difference of every image.
    """

    swing: Estimate
    p: float
    significant: bool
    swings: Tensor = field(repr=False, compare=False)


@dataclass(frozen=True, kw_only=True)
class Verdicts:
    """What several attributes do on other images.

    Attributes:
        findings: of each shift, in order.
        knows: balanced accuracy of "the target or not" on decoded images against labels; 0.5 is guessing. None without
            labels.
    """

    findings: tuple[Finding, ...]
    knows: Estimate | None


def judge_shifts(
    decode: Decode,
    classifier: Classifier,
    styles: Tensor,
    shifts: Sequence[Move],
    *,
    target: int,
    ends: Ends,
    labels: Tensor | None = None,
    seed: int = 0,
) -> Verdicts:
    """Ask whether attributes say anything.

    Args:
        decode: styles (N, S) to images in [0, 1].
        classifier: images to logits (N, K).
        styles: (N, S), at least two, of images that took no part in choosing the shifts.
        shifts: in the direction that speaks for the target.
        target: class.
        ends: where to.
        labels: (N,) true classes; without them nobody asks whether the classifier knows its classes.
        seed: of the intervals.

    Raises:
        ValueError: fewer than two images.
    """
    if len(styles) < 2:
        raise ValueError(f"expected at least two images to judge by, got {len(styles)}")
    asked = StyleClassifier(decode=decode, classifier=classifier)
    with undisturbed(classifier):
        logits = asked.logits(styles)
        swings = [_swings(asked, styles, shift, ends, target) for shift in shifts]
    decided = (logits.argmax(1) == target).cpu()
    knows = None if labels is None else _knows(decided, labels.cpu() == target, seed)
    informed = knows is None or knows.low > 0.5
    return Verdicts(
        findings=tuple(_finding(own, tries=len(shifts), informed=informed, seed=seed) for own in swings), knows=knows
    )


def _swings(asked: StyleClassifier, styles: Tensor, shift: Move, ends: Ends, target: int) -> Tensor:
    """(N,) logit of the target at the end that speaks for it, minus that at the other end; rounding is nothing."""
    forth, back = (asked.logits(way.applied(styles, ends))[:, target] for way in (shift, shift.reversed()))
    swings, largest = forth - back, torch.maximum(forth.abs(), back.abs())
    dust = _ROUNDING * torch.finfo(swings.dtype).eps * largest  # which may go one way in every image
    return swings.masked_fill(swings.abs() <= dust, 0).double().cpu()


def _knows(inside: Tensor, labelled: Tensor, seed: int) -> Estimate:
    """Balanced accuracy of being decided as the target; labels of one kind alone cannot tell."""
    right, own, other = (inside == labelled).double(), labelled.double(), (~labelled).double()

    def accuracy(w: Tensor) -> Tensor:
        return ((w @ (right * own)) / (w @ own) + (w @ (right * other)) / (w @ other))[:, None] / 2

    words = (
        "mean of the shares of right decisions among images of the class and among all others, over resampled images"
    )
    return bootstrap(accuracy, len(inside), convention=words, seed=seed)[0]


def _finding(swings: Tensor, *, tries: int, informed: bool, seed: int) -> Finding:
    from scipy.stats import t

    mean, spread = float(swings.mean()), float(swings.std()) / len(swings) ** 0.5
    ratio = mean / spread if spread else math.copysign(math.inf, mean) if mean else 0.0
    p = min(1.0, tries * float(t.sf(ratio, len(swings) - 1)))
    words = "mean difference of the class's logit between both ends, over resampled images"
    (estimate,) = bootstrap(lambda w: (w @ swings / w.sum(1))[:, None], len(swings), convention=words, seed=seed)
    return Finding(swing=estimate, p=p, significant=informed and p <= _LEVEL, swings=swings)
