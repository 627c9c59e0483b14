"""A smaller part of some data that still looks like it."""

import hashlib
import heapq
from collections import Counter
from collections.abc import Mapping

from benchmarks.datasets.samples import Samples

__all__ = ["draw_key", "stratified_subset"]


def stratified_subset(samples: Samples, count: int, *, seed: int) -> Samples:
    """Draw at most ``count`` images in the proportions of their classes.

    Each class with images keeps at least one; if there are more classes than ``count``, as many classes are drawn.
    Which images of a class are drawn depends on the seed and their ids alone, and a larger draw from a class
    contains the smaller one.

    Args:
        samples: the data.
        count: images to keep, at least 1.
        seed: another seed draws other images.

    Returns:
        The drawn images in their old order; the data itself if it is no larger.

    Raises:
        ValueError: ``count`` is below 1.
    """
    if count < 1:
        raise ValueError(f"expected `count` of at least 1, got {count}")
    entries = samples.entries
    if count >= len(entries):
        return samples
    shares = _shares(
        Counter(entries.labels),
        count,
        {label: draw_key(seed, "class", name) for label, name in enumerate(entries.class_names)},
    )
    drawn = sorted(range(len(entries)), key=lambda one: draw_key(seed, "subset", entries.ids[one]))
    kept = []
    for position in drawn:
        label = entries.labels[position]
        if shares.get(label, 0):
            shares[label] -= 1
            kept.append(position)
    return samples.select(sorted(kept))


def draw_key(seed: int, purpose: str, name: str) -> bytes:
    """A uniform draw for ``name`` as 8 bytes, the same on every machine and in every order."""
    return hashlib.blake2b(f"{seed}\0{purpose}\0{name}".encode(), digest_size=8).digest()


def _shares(sizes: Mapping[int, int], count: int, draws: Mapping[int, bytes]) -> dict[int, int]:
    """Images per class: one each, then always one more for the class that is furthest below its proportion."""
    if count <= len(sizes):
        return dict.fromkeys(sorted(sizes, key=lambda label: draws[label])[:count], 1)
    scale = count / sum(sizes.values())
    shares = dict.fromkeys(sizes, 1)
    queue = [(1 - size * scale, draws[label], label) for label, size in sizes.items()]
    heapq.heapify(queue)
    for _ in range(count - len(sizes)):
        excess, draw, label = heapq.heappop(queue)
        shares[label] += 1
        heapq.heappush(queue, (excess + 1, draw, label))
    return shares
