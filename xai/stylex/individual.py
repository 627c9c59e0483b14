"""One image: which coordinates would turn this decision, each for itself, or one on top of the other.

Reference:
    Lang et al., Explaining in Style, 2021, section 3.5 (independent and subset selection),
    https://arxiv.org/abs/2104.13369; its notebook has neither.
"""

from dataclasses import dataclass

import torch
from torch import Tensor

from xai.attribution.probe import Classifier, undisturbed
from xai.stylex.effects import Decode, Ends, Shift, StyleClassifier

__all__ = ["Change", "Counterfactual", "independent_changes", "joint_changes"]


@dataclass(frozen=True, kw_only=True)
class Change:
    """One coordinate, moved.

    Attributes:
        coordinate: column of the styles.
        direction: 0 towards the low end, 1 towards the high end.
        gain: of the target's logit: by this change alone, or on top of those before it.
        probability: of the target, after this change and all before it.
    """

    coordinate: int
    direction: int
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

    @property
    def shift(self) -> Shift:
        """All changes, as something to be done to styles."""
        return Shift(
            coordinates=tuple(change.coordinate for change in self.changes),
            directions=tuple(change.direction for change in self.changes),
        )


def independent_changes(
    decode: Decode,
    classifier: Classifier,
    style: Tensor,
    *,
    target: int,
    count: int,
    ends: Ends,
    pool: int | None = 64,
) -> Counterfactual:
    """Rank coordinates by what each does alone; probabilities are of the first ones together.

    Args:
        decode: styles (N, S) to images in [0, 1].
        classifier: images to logits (N, K).
        style: (S,) of the image.
        target: class to turn it into.
        count: changes, at most.
        ends: where to.
        pool: pairs of direction and coordinate that slopes propose; all are asked if None.
    """
    asked = StyleClassifier(decode=decode, classifier=classifier)
    with undisturbed(classifier):
        pairs, gains = _proposed(asked, style[None], ends, target, pool)
        order, taken = gains.argsort(descending=True), dict[int, tuple[int, float]]()
        for place in order.tolist():
            pair, gain = int(pairs[place]), float(gains[place])
            if gain > 0 and len(taken) < count:
                taken.setdefault(pair % len(ends), (pair, gain))
        logits = [asked.logits(style[None])]
        moved = style[None].clone()
        for pair, _ in taken.values():
            moved = _moved(moved, pair, ends)
            logits.append(asked.logits(moved))
    return _told(list(taken.values()), torch.cat(logits), len(ends), target)


def joint_changes(
    decode: Decode,
    classifier: Classifier,
    style: Tensor,
    *,
    target: int,
    count: int,
    ends: Ends,
    pool: int | None = 64,
) -> Counterfactual:
    """Add the change that does most on top of those before it, until the image is decided as the target.

    Arguments as for :func:`independent_changes`; every step asks about the whole pool again.
    """
    asked = StyleClassifier(decode=decode, classifier=classifier)
    with undisturbed(classifier):
        pairs, _ = _proposed(asked, style[None], ends, target, pool)
        moved, logits = style[None].clone(), [asked.logits(style[None])]
        taken: list[tuple[int, float]] = []
        while len(taken) < count and int(logits[-1].argmax()) != target:
            gains = asked.effects(moved, pairs, ends, base=logits[-1], target=target)[0]
            best = int(gains.argmax()) if len(gains) else -1
            if best < 0 or gains[best] <= 0:
                break
            pair = int(pairs[best])
            taken.append((pair, float(gains[best])))
            moved = _moved(moved, pair, ends)
            logits.append(asked.logits(moved))
            pairs = pairs[pairs % len(ends) != pair % len(ends)]
    return _told(taken, torch.cat(logits), len(ends), target)


def _proposed(
    asked: StyleClassifier, style: Tensor, ends: Ends, target: int, pool: int | None
) -> tuple[Tensor, Tensor]:
    """Pairs of a pool and what each does to the image (1, S) alone."""
    pairs = torch.arange(2 * len(ends), device=style.device)
    if pool is not None and pool < len(pairs):
        slopes = asked.gradients(style, target)
        promised = torch.cat([slopes * (ends.low - style), slopes * (ends.high - style)], dim=1)[0]
        pairs = promised.argsort(descending=True)[:pool]
    gains = asked.effects(style, pairs, ends, base=asked.logits(style), target=target)[0]
    return pairs, gains


def _moved(style: Tensor, pair: int, ends: Ends) -> Tensor:
    moved = style.clone()
    moved[:, pair % len(ends)] = ends.values[pair]
    return moved


def _told(taken: list[tuple[int, float]], logits: Tensor, size: int, target: int) -> Counterfactual:
    """What was taken, with the logits (k + 1, K) before and after each."""
    probabilities = logits.double().softmax(1)[:, target].tolist()
    turned = (logits.argmax(1) == target).nonzero()[:, 0].tolist()
    changes = tuple(
        Change(coordinate=pair % size, direction=pair // size, gain=gain, probability=after)
        for (pair, gain), after in zip(taken, probabilities[1:], strict=True)
    )
    return Counterfactual(changes=changes, probability=probabilities[0], flips=turned[0] if turned else None)
