"""Choose transforms under a budget of forward passes: greedily, by the detector's own cross-validated AUROC.

What suits another score need not suit the detector: an average wants mild transforms, a learned detector learns
from strong ones too.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from robustness.consistency.detector import DetectorRecipe, fit_detector

__all__ = ["Selection", "cross_validated_auroc", "select_transforms"]

# The regression alone: it is fitted hundreds of times, and ranks transforms as the average of both heads does.
_RECIPE = DetectorRecipe(heads=("logistic",))


@dataclass(frozen=True, kw_only=True)
class Selection:
    """A chosen set.

    Attributes:
        chosen: indices of the transforms, best first; index i is the copy in column i + 1 of the logits.
        aurocs: cross-validated AUROC without any transform, then after each choice. It is the value that was
            maximised, so images that had no part in the selection show less.
    """

    chosen: tuple[int, ...]
    aurocs: tuple[float, ...]


def select_transforms(
    logits: Tensor,
    correct: Tensor | Sequence[bool],
    *,
    budget: int,
    groups: Tensor | Sequence[int] | None = None,
    recipe: DetectorRecipe | None = None,
    least_gain: float = 0.0,
    folds: int = 3,
    seed: int = 0,
) -> Selection:
    """Add the transform that raises the AUROC most, until the budget is spent or none raises it enough.

    Args:
        logits: (N, T + 1, K) of calibration images under every candidate, original first.
        correct: (N,) whether the classifier's answer to the original is right.
        budget: forward passes for each image, the original's included.
        groups: (N,) integers; rows of one group stay in one fold. Needed where an image has several rows.
        recipe: of the detector; a logistic regression on the log-odds if None.
        least_gain: of AUROC for a transform to be worth its forward pass; more is needed than this.
        folds: of the cross-validation.
        seed: of the folds and the detectors.

    Returns:
        The chosen transforms, at most ``budget - 1``.

    Raises:
        ValueError: ``budget`` below 2, ``folds`` below 2 or above the number of groups, or shapes that do not match.
        TooFewErrorsError: too few wrong or right answers outside one of the folds.
    """
    if budget < 2:
        raise ValueError(f"expected `budget` of at least 2 forward passes, the original and a copy, got {budget}")
    right = torch.as_tensor(correct, dtype=torch.bool, device="cpu")
    fold = _folds(len(logits), groups, folds, seed)

    def auroc(columns: list[int]) -> float:
        return cross_validated_auroc(logits[:, columns], right, fold=fold, recipe=recipe or _RECIPE, seed=seed)

    columns, aurocs = [0], [auroc([0])]
    while len(columns) < min(budget, logits.shape[1]):
        rest = [column for column in range(1, logits.shape[1]) if column not in columns]
        best, column = max((auroc([*columns, column]), -column) for column in rest)
        if best <= aurocs[-1] + least_gain:
            break
        columns.append(-column)
        aurocs.append(best)
    return Selection(chosen=tuple(column - 1 for column in columns[1:]), aurocs=tuple(aurocs))


def cross_validated_auroc(logits: Tensor, correct: Tensor, *, fold: Tensor, recipe: DetectorRecipe, seed: int) -> float:
    """AUROC, right answers as positives, of detectors that have not seen the fold they judge.

    Args:
        logits: (N, T + 1, K), original first.
        correct: (N,) booleans.
        fold: (N,) the fold of each row.
        recipe: of the detectors.
        seed: of the detectors.

    Returns:
        A fraction in [0, 1] over the rows of all folds together.

    Raises:
        TooFewErrorsError: too few wrong or right answers outside one of the folds.
    """
    from sklearn.metrics import roc_auc_score

    confidence = torch.empty(len(logits), dtype=torch.float64)
    for one in fold.unique():
        held_out = fold == one
        detector = fit_detector(logits[~held_out], correct[~held_out], recipe=recipe, seed=seed)
        confidence[held_out] = detector(logits[held_out])
    return float(roc_auc_score(correct.numpy(), confidence.numpy()))


def _folds(rows: int, groups: Tensor | Sequence[int] | None, folds: int, seed: int) -> Tensor:
    """(N,) fold of each row; groups are dealt out in random order."""
    ids = torch.arange(rows) if groups is None else torch.as_tensor(groups, device="cpu")
    if ids.shape != (rows,):
        raise ValueError(f"expected `groups` of shape ({rows},), got {tuple(ids.shape)}")
    names, member = ids.unique(return_inverse=True)
    if not 2 <= folds <= len(names):
        raise ValueError(f"expected `folds` in 2..{len(names)}, the number of groups, got {folds}")
    place = torch.randperm(len(names), generator=torch.Generator().manual_seed(seed))
    return place[member] % folds
