"""Independent components: numbers that vary by themselves from image to image, whatever coordinates they sit in.

A cause may be spread thinly over very many coordinates, none of which changes anything alone: slopes and single
coordinates do not see it. But causes mostly vary independently of each other, and mixtures of independent numbers are
closer to a normal distribution than each of them. The directions in which styles are least normal are such numbers;
neither the classifier nor the place in the image takes part in finding them. What takes two values is found best;
what varies evenly is often split, and is better read from its coordinates. This is no part of the published method.

Reference:
    Hyvärinen and Oja, Independent component analysis: algorithms and applications, Neural Networks 13, 2000, 411-430.
"""

import warnings

import numpy as np
from torch import Tensor

from xai.stylex.slides import Reading

__all__ = ["independent_readings"]

_IMAGES_EACH = 100  # images for each direction; fewer find chance
_LEAST_VARIANCE = 1e-3  # of a direction, as a share of the largest one
_STILL = 1e-6  # of a coordinate, as a share of the largest spread: what is left is rounding


def independent_readings(styles: Tensor, *, most: int = 64, seed: int = 0) -> list[Reading]:
    """Find the independent components of styles.

    Args:
        styles: (N, S) of many images, a hundred for each direction that they vary in; with fewer, the directions of
            the largest variance are searched alone.
        most: directions to search.
        seed: of where the search starts.

    Returns:
        Readings of all coordinates with unit variance, in no order and of no sign, each with the coordinates first
        that go with it most; none for less than two hundred images.

    Example:
        >>> import torch
        >>> coins = torch.randn(4000, 2, generator=torch.Generator().manual_seed(0)).sign()
        >>> mixed = coins @ torch.tensor([[2.0, 1.0, 0.5], [-1.0, 1.0, 3.0]])
        >>> sorted(int((reading.of(mixed) * coins.T).mean(1).abs().argmax()) for reading in independent_readings(mixed))
        [0, 1]
    """
    from sklearn.decomposition import FastICA
    from sklearn.exceptions import ConvergenceWarning

    centred = (styles - styles.mean(0)).double().cpu().numpy()
    count = len(centred)
    sizes, directions = np.linalg.svd(centred, full_matrices=False)[1:]
    kept = min(int((sizes**2 > _LEAST_VARIANCE * sizes[0] ** 2).sum()), most, count // _IMAGES_EACH)
    if kept < 2:
        return []
    whitening = directions[:kept].T / sizes[:kept] * np.sqrt(count)
    search = FastICA(whiten=False, max_iter=500, tol=1e-4, random_state=seed)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)  # directions that are normal never settle, and need not
        search.fit(centred @ whitening)
    weights = whitening @ search.components_.T
    return [_reading(centred, column) for column in weights.T]


def _reading(centred: np.ndarray, weights: np.ndarray) -> Reading:
    """The coordinates that go with the number most come first."""
    spread = centred.std(0)
    together = np.abs((centred @ weights) @ centred) / np.maximum(spread, _STILL * spread.max())
    order = np.argsort(-together, kind="stable")
    return Reading(coordinates=tuple(map(int, order)), weights=tuple(map(float, weights[order])))
