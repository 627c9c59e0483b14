"""How far two sets of features lie apart, as two normal distributions.

Reference:
    Heusel et al., GANs Trained by a Two Time-Scale Update Rule, 2017, https://arxiv.org/abs/1706.08500 (there on
    features of Inception; figures of other features do not compare with it).
"""

import numpy as np
import numpy.typing as npt

__all__ = ["frechet_distance"]

Array = npt.NDArray[np.float64]


def frechet_distance(features: Array, others: Array) -> float:
    """Squared Fréchet distance between the normal distributions with the moments of two samples.

    It falls with the number of images, as few of them overstate every difference: compare equal numbers alone.

    Args:
        features: (N, D).
        others: (M, D).

    Returns:
        |m1 - m2|^2 + tr(S1 + S2 - 2 (S1 S2)^(1/2)), at least 0.

    Example:
        >>> rows = np.random.default_rng(0).normal(size=(50, 3))
        >>> frechet_distance(rows, rows) < 1e-9, round(frechet_distance(rows, rows + 2), 6)
        (True, 12.0)
    """
    shift = features.mean(0) - others.mean(0)
    first, second = np.atleast_2d(np.cov(features.T)), np.atleast_2d(np.cov(others.T))
    values, vectors = np.linalg.eigh(first)
    root = (vectors * np.sqrt(np.clip(values, 0, None))) @ vectors.T
    # S1 S2 has the eigenvalues of the symmetric S1^(1/2) S2 S1^(1/2)
    mixed = np.sqrt(np.clip(np.linalg.eigvalsh(root @ second @ root), 0, None)).sum()
    return max(0.0, float(shift @ shift + np.trace(first) + np.trace(second) - 2 * mixed))
