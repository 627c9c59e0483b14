"""With whom an image exchanges its statistics: another image of another class, or of its own.

Most images are partners of each other, so that one forward pass answers for both. Nobody is ever his own partner.
"""

import numpy as np
import numpy.typing as npt

__all__ = ["NOBODY", "other_class_partners", "pairs_of", "same_class_partners"]

Places = npt.NDArray[np.int64]

NOBODY = -1
"""Of an image that has no such partner."""

_ROUNDS = 30  # of pairing at random; images that are still alone then join a pair of others


def other_class_partners(labels: Places, generator: np.random.Generator) -> Places:
    """Give every image a partner of another class.

    Args:
        labels: (N,) classes.
        generator: of the draw.

    Returns:
        (N,) places of partners; :data:`NOBODY` where all images are of one class.

    Example:
        >>> other_class_partners(np.array([0, 1]), np.random.default_rng(0)).tolist()
        [1, 0]
    """
    partners = np.full(len(labels), NOBODY, dtype=np.int64)
    alone = generator.permutation(len(labels))
    for _ in range(_ROUNDS):
        left, right = alone[0 : len(alone) - 1 : 2], alone[1::2]
        fit = labels[left] != labels[right]
        partners[left[fit]], partners[right[fit]] = right[fit], left[fit]
        alone = generator.permutation(alone[partners[alone] == NOBODY])
        if len(np.unique(labels[alone])) < 2:
            break
    for one in alone:
        others = np.flatnonzero(labels != labels[one])
        partners[one] = generator.choice(others) if len(others) else NOBODY
    return partners


def same_class_partners(labels: Places, generator: np.random.Generator) -> Places:
    """Give every image a partner of its own class.

    Args:
        labels: (N,) classes.
        generator: of the draw.

    Returns:
        (N,) places of partners; :data:`NOBODY` for the only image of a class.

    Example:
        >>> same_class_partners(np.array([0, 1, 0, 2]), np.random.default_rng(0)).tolist()
        [2, -1, 0, -1]
    """
    partners = np.full(len(labels), NOBODY, dtype=np.int64)
    for label in np.unique(labels):
        own = generator.permutation(np.flatnonzero(labels == label))
        left, right = own[0 : len(own) - 1 : 2], own[1::2]
        partners[left], partners[right] = right, left
        if len(own) % 2 and len(own) > 1:
            partners[own[-1]] = generator.choice(own[:-1])
    return partners


def pairs_of(partners: Places) -> Places:
    """The pairs that answer for everybody, those who are partners of each other once.

    Args:
        partners: (N,) places, or :data:`NOBODY`.

    Returns:
        (P, 2) places; the first of each pair has the second as its partner.

    Example:
        >>> pairs_of(np.array([1, 0, 1, NOBODY])).tolist()
        [[0, 1], [2, 1]]
    """
    places = np.flatnonzero(partners != NOBODY)
    twice = (partners[partners[places]] == places) & (partners[places] < places)
    kept = places[~twice]
    return np.stack([kept, partners[kept]], axis=1)
