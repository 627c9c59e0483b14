"""One image: which changes would turn this decision, each for itself, or one on top of the other.

Changes are single coordinates that the slopes at the image propose, or whatever else is offered, such as groups.

Reference:
    Lang et al., Explaining in Style, 2021, section 3.5 (independent and subset selection),
    https://arxiv.org/abs/2104.13369; its notebook has neither.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from xai.attribution.probe import Classifier, undisturbed
from xai.stylex.effects import Decode, Ends, Shift, StyleClassifier
from xai.stylex.slides import Move

__all__ = ["Change", "Counterfactual", "independent_changes", "joint_changes"]


@dataclass(frozen=True, kw_only=True)
class Change:
    """One shift of one image.

    Attributes:
        shift: what is moved.
        gain: of the target's logit: by this change alone, or on top of those before it.
        probability: of the target, after this change and all before it.
    """

    shift: Move
    gain: float
    probability: float


@dataclass(frozen=True, kw_only=True)
class Counterfactual:
    """Changes to one image, in order.

    Attributes:
        changes: what is moved; every one of them gains something.
        probability: of the target before any change.
        flips: number of changes after which the image is decided as the target; None if it never is.
    """

    changes: tuple[Change, ...]
    probability: float
    flips: int | None


def independent_changes(
    decode: Decode,
    classifier: Classifier,
    style: Tensor,
    *,
    target: int,
    count: int,
    ends: Ends,
    options: Sequence[Move] | None = None,
    pool: int = 64,
) -> Counterfactual:
    """Rank changes by what each does alone; probabilities are of the first ones together.

    Args:
        decode: styles (N, S) to images in [0, 1].
        classifier: images to logits (N, K).
        style: (S,) of the image.
        target: class to turn it into.
        count: changes, at most.
        ends: where to.
        options: changes to choose from; single coordinates if None.
        pool: how many of these, of both directions, the slopes propose.
    """
    asked = StyleClassifier(decode=decode, classifier=classifier)
    with undisturbed(classifier):
        offered = _proposed(asked, style, ends, target, pool) if options is None else list(options)
        start = asked.logits(style[None])
        gains = _gains(asked, style, offered, ends, target) - float(start[0, target])
        taken: list[tuple[Move, float]] = []
        for place in gains.argsort(descending=True).tolist():
            own = offered[place]
            if gains[place] > 0 and len(taken) < count and not any(_overlap(own, other) for other, _ in taken):
                taken.append((own, float(gains[place])))
        logits, moved = [start], style[None]
        for own, _ in taken:
            moved = own.applied(moved, ends)
            logits.append(asked.logits(moved))
    return _told(taken, torch.cat(logits), target)


def joint_changes(
    decode: Decode,
    classifier: Classifier,
    style: Tensor,
    *,
    target: int,
    count: int,
    ends: Ends,
    options: Sequence[Move] | None = None,
    pool: int = 64,
) -> Counterfactual:
    """Add the change that does most on top of those before it, until the image is decided as the target.

    Arguments as for :func:`independent_changes`; every step asks about all that is left again.
    """
    asked = StyleClassifier(decode=decode, classifier=classifier)
    with undisturbed(classifier):
        offered = _proposed(asked, style, ends, target, pool) if options is None else list(options)
        moved, logits = style[None], [asked.logits(style[None])]
        taken: list[tuple[Move, float]] = []
        while offered and len(taken) < count and int(logits[-1].argmax()) != target:
            gains = _gains(asked, moved[0], offered, ends, target) - float(logits[-1][0, target])
            best = int(gains.argmax())
            if gains[best] <= 0:
                break
            own = offered[best]
            taken.append((own, float(gains[best])))
            moved = own.applied(moved, ends)
            logits.append(asked.logits(moved))
            offered = [other for other in offered if not _overlap(own, other)]
    return _told(taken, torch.cat(logits), target)


def _proposed(asked: StyleClassifier, style: Tensor, ends: Ends, target: int, pool: int) -> list[Shift]:
    """The single coordinates for which slope times distance promises most."""
    slopes = asked.gradients(style[None], target)[0]
    promised = torch.cat([slopes * (ends.low - style), slopes * (ends.high - style)])
    best = promised.argsort(descending=True)[:pool].tolist()
    return [Shift(coordinates=(pair % len(ends),), directions=(pair // len(ends),)) for pair in best]


def _gains(asked: StyleClassifier, style: Tensor, offered: Sequence[Move], ends: Ends, target: int) -> Tensor:
    """(P,) logits of the target after each change alone."""
    if not offered:
        return style.new_empty(0)
    return asked.logits(torch.cat([own.applied(style[None], ends) for own in offered]))[:, target]


def _overlap(one: Move, other: Move) -> bool:
    return not set(one.coordinates).isdisjoint(other.coordinates)


def _told(taken: Sequence[tuple[Move, float]], logits: Tensor, target: int) -> Counterfactual:
    """What was taken, with the logits (k + 1, K) before and after each."""
    probabilities = logits.double().softmax(1)[:, target].tolist()
    turned = (logits.argmax(1) == target).nonzero()[:, 0].tolist()
    changes = tuple(
        Change(shift=shift, gain=gain, probability=after)
        for (shift, gain), after in zip(taken, probabilities[1:], strict=True)
    )
    return Counterfactual(changes=changes, probability=probabilities[0], flips=turned[0] if turned else None)
