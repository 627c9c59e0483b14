"""Scores that need no fitting, and what every score costs.

Scores are confidences: higher = more likely right. The random one is the control that every other one must beat.
"""

import hashlib
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from torch import Tensor

from robustness.confidence import CONFIDENCE_SCORES
from robustness.consistency.scores import CONSISTENCY_SCORES
from robustness.dropout import DROPOUT_SCORES

__all__ = ["BASELINE", "RANDOM", "direct_scores", "dropout_scores", "forward_passes", "random_score"]

Array = npt.NDArray[np.float64]

BASELINE = "max_softmax"
RANDOM = "random"
_OF_COPIES = {*CONSISTENCY_SCORES, "detector", "detector_with_attacks"}


def direct_scores(logits: Tensor) -> dict[str, Array]:
    """Every score that follows from logits alone.

    Args:
        logits: (N, T + 1, K), original first, T at least 1, K at least 2, finite.

    Returns:
        {score: (N,)}, the confidences of the original first, then those of the copies.
    """
    of_original = {name: score(logits[:, 0]) for name, score in CONFIDENCE_SCORES.items()}
    of_copies = {name: score(logits) for name, score in CONSISTENCY_SCORES.items()}
    return {name: values.cpu().numpy() for name, values in (of_original | of_copies).items()}


def dropout_scores(logits: Tensor) -> dict[str, Array]:
    """The scores of Monte Carlo dropout from (N, D, K) logits of D draws: {score: (N,)}."""
    return {name: score(logits).cpu().numpy() for name, score in DROPOUT_SCORES.items()}


def random_score(image_ids: Sequence[str], *, seed: int, condition: str) -> Array:
    """A score that knows nothing: a uniform draw in [0, 1) for each (seed, condition, image), (N,).

    Example:
        >>> random_score(["a", "b"], seed=0, condition="clean").shape
        (2,)
    """
    texts = (f"{seed}\0random score\0{condition}\0{one}".encode() for one in image_ids)
    digests = (hashlib.blake2b(text, digest_size=6).digest() for text in texts)
    return np.array([int.from_bytes(digest) / 2**48 for digest in digests])


def forward_passes(score: str, *, copies: int, draws: int) -> int:
    """How many forward passes an image costs under a score.

    Args:
        score: its name.
        copies: transformed copies, T.
        draws: of Monte Carlo dropout.

    Example:
        >>> [forward_passes(name, copies=9, draws=20) for name in ("max_softmax", "detector", "random")]
        [1, 10, 0]
    """
    if score in DROPOUT_SCORES:
        return draws
    if score == RANDOM:
        return 0
    return copies + 1 if score in _OF_COPIES else 1
