"""Which images are asked about, and which others they are held against."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

__all__ = ["GROUPS", "Group", "confidently_wrong"]

Mask = npt.NDArray[np.bool_]

_FRAGILE, _STURDY = 0.75, 0.5  # quantiles of the share of conditions that change an answer


def confidently_wrong(answers: pd.DataFrame) -> npt.NDArray[np.bool_]:
    """The more confident half of the wrong images: (N,) bool.

    Args:
        answers: N rows with ``correct`` and ``max_probability``.

    Example:
        >>> answers = pd.DataFrame({"correct": [True, False, False], "max_probability": [0.9, 0.8, 0.4]})
        >>> confidently_wrong(answers).tolist()
        [False, True, False]
    """
    wrong = ~answers["correct"].to_numpy(bool)
    confidence = answers["max_probability"].to_numpy(float)
    least = np.median(confidence[wrong]) if wrong.any() else np.inf
    return np.asarray(wrong & (confidence >= least))


@dataclass(frozen=True, kw_only=True)
class Group:
    """A question about images.

    Attributes:
        words: what its images are, in words.
        against: what the others are, of the same class.
        choose: a frame of one model's images to the masks of both, (N,) each.
        known: beginnings of the names of quantities that differ by the choice itself.
    """

    words: str
    against: str
    choose: Callable[[pd.DataFrame], tuple[Mask, Mask]]
    known: tuple[str, ...]


def _wrong(images: pd.DataFrame) -> tuple[Mask, Mask]:
    answered = images["correct"].notna().to_numpy()
    right = images["correct"].eq(True).to_numpy(dtype=bool)
    chosen = np.zeros(len(images), dtype=bool)
    own = pd.DataFrame({"correct": right[answered], "max_probability": images["max_probability"].to_numpy()[answered]})
    chosen[answered] = confidently_wrong(own)
    return chosen, right


def _fragile(images: pd.DataFrame) -> tuple[Mask, Mask]:
    right = images["correct"].eq(True).to_numpy(dtype=bool)
    if "corrupted_flips" not in images or not right.any():
        return np.zeros(len(images), dtype=bool), right
    flips = images["corrupted_flips"].to_numpy(np.float64)
    high, middle = np.nanquantile(flips[right], [_FRAGILE, _STURDY]) if np.isfinite(flips[right]).any() else (1, 1)
    return right & (flips >= high) & (flips > middle), right & (flips <= middle)


_CONFIDENCE = (
    "score_max_softmax", "score_margin", "score_negative_entropy", "score_max_logit", "score_energy", "score_doctor",
    "score_mc_", "score_temperature",
    "score_random", "max_probability",
)  # fmt: skip

GROUPS: Mapping[str, Group] = {
    "confidently_wrong": Group(
        words="confidently wrong images, the more confident half of the wrong ones",
        against="correct images",
        choose=_wrong,
        known=_CONFIDENCE,
    ),
    "fragile": Group(
        words="fragile images, correct at first, the quarter whose answers corruptions change most often",
        against="correct images of the half whose answers they change least",
        choose=_fragile,
        known=("corrupted_", "score_random"),
    ),
}
"""Questions by name."""
