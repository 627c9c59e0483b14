"""What corruptions do beyond what they do anyway: a class that falls further, a corruption that stands apart.

Every classifier is worse under corruption, so a fall by itself is no news. Conditions of one image depend on each
other: tests look at one condition at a time, or at sums over the conditions of an image.
"""

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

from benchmarks.conditions import Condition
from benchmarks.findings.candidate import Candidate
from benchmarks.findings.evidence import Evidence, difference_interval, points
from benchmarks.findings.exact import binomial_greater, fisher_greater
from benchmarks.metrics import wilson

__all__ = ["class_falls", "corruption_apart"]

_LARGE = 0.1  # points of a difference, by its low end
_LEVEL = 0.05
_FEWEST = 3  # corruptions of which one can stand apart

Array = npt.NDArray[np.float64]
Counts = npt.NDArray[np.int64]


def class_falls(evidence: Evidence) -> Iterator[Candidate]:
    """One candidate for each class: the condition under which it falls furthest beyond the others."""
    cells = evidence.cells
    if not cells or np.count_nonzero(evidence.n) < 2:
        return
    right = np.stack([evidence.count(evidence.right & evidence.panel.ok[cell]) for cell in cells])
    lost = np.stack([evidence.count(evidence.lost(cell)) for cell in cells])
    falls = np.stack([_falls(evidence, cell) for cell in cells])
    p = np.where(falls >= _LARGE, _lose_more(lost, right), 1.0)  # answers that were right by luck are lost, others won
    shares, spread = _mean_losses(evidence, cells)
    members = evidence.members(evidence.right)
    for label in np.flatnonzero(evidence.n):
        column = min(p[:, label].min() * len(cells), 1.0)
        yield _falling(
            evidence,
            int(label),
            int(p[:, label].argmin()),
            p=max(float(column), evidence.agreement),
            more=int(np.sum(p[:, label] * len(cells) < _LEVEL)),
            counts=(lost, right),
            share=(float(shares[label]), float(spread[label])),
            places=members[label],
        )


def _falls(evidence: Evidence, place: int) -> Array:
    """(K,) accuracy lost under a condition, won answers counted against lost ones, beyond that of the other classes."""
    n = evidence.count(evidence.ok & evidence.panel.ok[place])
    won = evidence.count(evidence.wrong & evidence.panel.ok[place] & evidence.panel.correct[place])
    net = evidence.count(evidence.lost(place)) - won
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray(np.nan_to_num(net / n - (net.sum() - net) / (n.sum() - n)))


def _lose_more(lost: Counts, right: Counts) -> Array:
    """(S, K) p values; 1, which errs on the safe side, where a class does not lose 10 points more than the others."""
    others, others_right = (one.sum(axis=1, keepdims=True) - one for one in (lost, right))
    with np.errstate(invalid="ignore", divide="ignore"):
        worth = lost / right - others / others_right >= _LARGE
    p = np.ones(lost.shape)
    p[worth] = fisher_greater(lost[worth], right[worth], others[worth], others_right[worth])
    return p


def _mean_losses(evidence: Evidence, cells: list[int]) -> tuple[Array, Array]:
    """(K,) share of conditions under which right answers are lost, beyond other classes, and half of its interval."""
    total = np.zeros(len(evidence.ok))
    for cell in cells:
        total += evidence.lost(cell)
    x, labels, k = total[evidence.right] / len(cells), evidence.labels[evidence.right], evidence.classes
    n = np.bincount(labels, minlength=k)
    sums, squares = (np.bincount(labels, weights=x**power, minlength=k) for power in (1, 2))
    with np.errstate(invalid="ignore", divide="ignore"):
        mean, rest = sums / n, (sums.sum() - sums) / (n.sum() - n)
        half = 1.96 * np.sqrt(np.maximum(squares / n - mean**2, 0) / np.maximum(n - 1, 1))
        part = n / evidence.total
        return np.nan_to_num((mean - rest) * part), np.nan_to_num(half * part)


def _falling(
    evidence: Evidence,
    label: int,
    cell: int,
    *,
    p: float,
    more: int,
    counts: tuple[Counts, Counts],
    share: tuple[float, float],
    places: npt.NDArray[np.intp],
) -> Candidate:
    lost, right = (one[cell] for one in counts)
    others, others_right = int(lost.sum() - lost[label]), int(right.sum() - right[label])
    place = evidence.cells[cell]
    low = float(difference_interval(lost[label], right[label], others, others_right)[0])
    fall = _fall(evidence, place, evidence.labels == label)
    rest = _fall(evidence, place, (evidence.labels != label) & (evidence.labels >= 0))
    also = f"; likewise under {more - 1} more condition{'s' if more > 2 else ''}" if more > 1 else ""
    gone = places[evidence.lost(place)[places]]
    return Candidate(
        check="class_falls",
        model=evidence.panel.model,
        subject=evidence.name(label),
        statement=(
            f"accuracy on class “{evidence.name(label)}” falls {points(*fall[:3])} under "
            f"{_words(evidence.panel.conditions[place])}, n = {fall[3]}; on the other classes {100 * rest[0]:.0f}{also}"
        ),
        p=p,
        value=fall[0],
        low=fall[1],
        high=fall[2],
        unit="fraction",
        n=fall[3],
        share=share[0],
        share_low=share[0] - share[1],
        share_high=share[0] + share[1],
        convention="accuracy on clean images minus accuracy under the condition, same images; score interval 95 %",
        large=low >= _LARGE and fall[1] - rest[0] >= _LARGE,
        images=evidence.examples(gone, evidence.confidence),
        population=int(evidence.n[label]),
    )


def _fall(evidence: Evidence, place: int, chosen: npt.NDArray[np.bool_]) -> tuple[float, float, float, int]:
    """Accuracy lost under a condition by some images, with an interval from those lost and those won."""
    both = chosen & evidence.ok & evidence.panel.ok[place]
    n = int(both.sum())
    lost = int(np.sum(both & evidence.lost(place)))
    won = int(np.sum(both & evidence.wrong & evidence.panel.correct[place]))
    ends = difference_interval(lost, n, won, n)
    return (lost - won) / max(n, 1), float(ends[0]), float(ends[1]), n


def corruption_apart(evidence: Evidence) -> Iterator[Candidate]:
    """One candidate for each corruption, held against all others at the severities that all of them have."""
    groups = _common(evidence)
    if len(groups) < _FEWEST:
        return
    names = list(groups)
    losses = np.stack([np.sum([evidence.lost(place) for place in groups[name]], axis=0) for name in names])
    losses = losses[:, evidence.right].astype(np.int64)
    if not losses.shape[1]:
        return
    depth, means = len(groups[names[0]]), losses.mean(axis=1)
    for row, name in enumerate(names):
        wins = np.array([np.sum(losses[row] > other) for other in losses])
        defeats = np.array([np.sum(losses[row] < other) for other in losses])
        p = binomial_greater(wins, wins + defeats, 0.5)
        p[row] = 0.0
        rival = max((other for other in range(len(names)) if other != row), key=lambda other: (means[other], -other))
        difference = (losses[row] - losses[rival]) / depth
        half = 1.96 * float(difference.std()) / np.sqrt(max(len(difference) - 1, 1))
        yield _apart(
            evidence,
            (name, names[rival]),
            p=max(float(p.max()), evidence.agreement),
            losses=(losses[row] / depth, losses[rival] / depth),
            figure=(float(difference.mean()), half),
            part=losses.shape[1] / evidence.total * depth / len(evidence.cells),
        )


def _common(evidence: Evidence) -> dict[str, list[int]]:
    """Places of each corruption's conditions at the severities that every corruption has."""
    conditions = evidence.panel.conditions
    found: dict[str, dict[int, int]] = {}
    for place in evidence.cells:
        found.setdefault(conditions[place].name, {})[conditions[place].severity] = place
    shared = set.intersection(*(set(one) for one in found.values())) if found else set()
    return {name: [one[severity] for severity in sorted(shared)] for name, one in found.items()} if shared else {}


def _apart(
    evidence: Evidence,
    names: tuple[str, str],
    *,
    p: float,
    losses: tuple[Array, Array],
    figure: tuple[float, float],
    part: float,
) -> Candidate:
    value, half = figure
    name, rival = (one.replace("_", " ") for one in names)
    places = np.flatnonzero(evidence.right)
    order = np.zeros(len(evidence.ok))
    order[places] = losses[0] - losses[1]
    low, high = (float(end) for end in wilson(losses[0].sum(), len(places)))
    return Candidate(
        check="corruption_apart",
        model=evidence.panel.model,
        subject=names[0],
        statement=(
            f"{name} costs {100 * losses[0].mean():.0f} % [{100 * low:.0f}, {100 * high:.0f}] of the right answers, "
            f"{points(value, value - half, value + half)} more than the next, {rival}"
        ),
        p=p,
        value=value,
        low=value - half,
        high=value + half,
        unit="fraction",
        n=len(places),
        share=value * part,
        share_low=(value - half) * part,
        share_high=(value + half) * part,
        convention="share of right answers lost over the severities, minus that under the next corruption; normal 95 % "
        "over images",
        large=value - half >= _LARGE,
        images=evidence.examples(places, order),
        population=len(places),
    )


def _words(condition: Condition) -> str:
    return f"{condition.name.replace('_', ' ')} {condition.severity}"
