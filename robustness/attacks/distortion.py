"""How little is enough? The smallest radius at which an attack succeeds, image by image.

An upper bound on the true smallest distortion, as every attack gives: a stronger one may find less.
"""

import math
from collections.abc import Callable

import torch
from torch import Tensor

from robustness.attacks.goals import make_goal
from robustness.attacks.gradient import pgd
from robustness.attacks.norms import find_norm

__all__ = ["bisect_distortion", "smallest_distortion"]

Classifier = Callable[[Tensor], Tensor]

# (M,) radii and the (M,) places of the images -> (M,) lengths of what was found inside; infinite where nothing was.
Search = Callable[[Tensor, Tensor], Tensor]


def smallest_distortion(
    classifier: Classifier,
    images: Tensor,
    labels: Tensor | None,
    *,
    maximum: float,
    norm: str = "linf",
    targets: Tensor | None = None,
    attack: Callable[..., Tensor] = pgd,
    rounds: int = 10,
) -> Tensor:
    """The length of the smallest perturbation found that reaches the goal.

    Args:
        classifier: (N, 3, H, W) pixels to (N, K) logits.
        images: (N, 3, H, W) float32 in [0, 1].
        labels: (N,) classes to leave, or None for a targeted attack.
        maximum: the largest radius tried.
        norm: ``"linf"`` or ``"l2"``.
        targets: (N,) classes to reach; ``labels`` is then None.
        attack: called as ``attack(classifier, images, labels, targets=..., eps=(M,) radii, norm=...)``; settings go
            in by ``functools.partial(pgd, steps=20, restarts=2)``.
        rounds: of bisection, at most: the resolution is ``maximum / 2 ** rounds`` or finer.

    Returns:
        (N,) float64; 0 where the clean image is there already, infinite where ``maximum`` was not enough.

    Raises:
        ValueError: an argument is not as described.

    Example:
        >>> classifier = lambda pixels: torch.stack([pixels.mean((1, 2, 3)) - 0.5, 0.5 - pixels.mean((1, 2, 3))], 1)
        >>> grey = torch.tensor([0.52, 0.45, 0.99]).view(3, 1, 1, 1).expand(3, 3, 4, 4)
        >>> smallest_distortion(classifier, grey, torch.tensor([0, 0, 0]), maximum=0.1).round(decimals=3)
        tensor([0.0200, 0.0000,    inf], dtype=torch.float64)
    """
    goal, length = make_goal(labels, targets, images), find_norm(norm).length

    def search(radii: Tensor, rows: Tensor) -> Tensor:
        part, clean = goal[rows], images[rows]
        given = {"labels": None, "targets": part.classes} if goal.targeted else {"labels": part.classes}
        found = attack(classifier, clean, **given, eps=radii, norm=norm)
        with torch.no_grad():
            reached = part.reached(classifier(found))
        return torch.where(reached, length(found - clean).double(), math.inf)

    return bisect_distortion(search, len(images), maximum=maximum, rounds=rounds, device=images.device)


def bisect_distortion(
    search: Search, count: int, *, maximum: float, rounds: int = 10, device: torch.device | str = "cpu"
) -> Tensor:
    """Bisect the radius of each image between none and ``maximum``, all images at once.

    The bracket's upper end is always the length of something found; a search that fails raises the lower end.

    Args:
        search: see :data:`Search`. Called with the images whose bracket is still open.
        count: N.
        maximum: the largest radius, tried first.
        rounds: of bisection after that.
        device: where radii and places live.

    Returns:
        (N,) float64, infinite where nothing was found at ``maximum``.

    Raises:
        ValueError: a ``maximum`` that is not above 0, or a negative number of rounds.

    Example:
        >>> needed = torch.tensor([0.3, 2.0])
        >>> bisect_distortion(lambda radii, rows: torch.where(radii >= needed[rows], radii, math.inf), 2, maximum=1.0)
        tensor([0.3008,    inf], dtype=torch.float64)
    """
    if not 0 < maximum < math.inf or rounds < 0:
        raise ValueError(f"expected `maximum` above 0 and `rounds` of at least 0, got {maximum} and {rounds}")
    rows = torch.arange(count, device=device)
    low = torch.zeros(count, dtype=torch.float64, device=device)
    high = torch.full_like(low, maximum)
    if count:
        high = search(high, rows).double()
    for _ in range(rounds):
        rows = rows[(high[rows] > low[rows]) & high[rows].isfinite()]
        if not len(rows):
            break
        middle = (low[rows] + high[rows]) / 2
        found = search(middle, rows).double()
        low[rows] = torch.where(found.isfinite(), low[rows], middle)
        high[rows] = torch.minimum(high[rows], found)
    return high
