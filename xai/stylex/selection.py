"""AttFind's choice, from effects that are known: again and again the pair that helps most where help is missing."""

import torch
from torch import Tensor

__all__ = ["EXPLAINED", "chosen_pairs", "usual_enough"]

EXPLAINED = ("cumulative", "single")
"""When an image counts as explained: by the sum of what was chosen, or by one of it."""

_DISTANCES = 3.0  # of the median image: in small trials fewer ended the search before causes were exhausted


def usual_enough(logits: Tensor, target: int) -> float:
    """Three times the median distance, in logits, of images (N, K) from being decided as the target."""
    others = logits.clone()
    others[:, target] = -torch.inf
    return _DISTANCES * float((others.amax(1) - logits[:, target]).clamp(min=0).median())


def chosen_pairs(
    gains: Tensor, *, count: int, enough: float, explained: str = "cumulative"
) -> list[tuple[int, float, int]]:
    """Choose pairs of direction and coordinate.

    Args:
        gains: (N, 2 S) effect of each pair on each image, at d S + j; NaN where it is not known, and never chosen.
        count: pairs, at most.
        enough: gain at which an image is explained.
        explained: one of :data:`EXPLAINED`.

    Returns:
        Pairs in order, with the mean gain over the images that were not yet explained and the number of those.

    Example:
        >>> gains = torch.tensor([[5.0, 0.0, 1.0, 0.0], [5.0, 0.0, 1.0, 0.0], [0.0, 0.0, 0.0, 2.0]])
        >>> chosen_pairs(gains, count=3, enough=4.0)  # the third image has its say as soon as the others are explained
        [(0, 3.333..., 3), (3, 2.0, 1)]
    """
    if explained not in EXPLAINED:
        raise ValueError(f"expected `explained` in {', '.join(EXPLAINED)}, got {explained!r}")
    helpful = gains.double().nan_to_num(nan=0.0).clamp(min=0)
    size, reached = gains.shape[1] // 2, gains.new_zeros(len(gains), dtype=torch.float64)
    found: list[tuple[int, float, int]] = []
    while len(found) < count:
        active = reached < enough
        means = helpful[active].mean(0) if active.any() else helpful.new_zeros(2 * size)
        pair = int(means.argmax())
        if means[pair] <= 0:
            if active.all() or not helpful.any():
                break
            reached.zero_()  # nothing helps those that are left, or none is: all are asked again
            continue
        found.append((pair, float(means[pair]), int(active.sum())))
        own = helpful[:, pair].clone()
        reached = reached + own if explained == "cumulative" else torch.maximum(reached, own)
        helpful[:, [pair % size, pair % size + size]] = 0  # the other end of a chosen coordinate is no new attribute
    return found
