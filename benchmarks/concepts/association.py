"""Attributes that go together, which pairs cannot tell apart, and weights under which they do not.

Partners that share one attribute share what goes along with it, too: where nearly all marked images are crosses, pairs
of marked images are pairs of crosses, and the factor of the mark carries the shape. Images are then drawn by the ratio
of the product of the attributes' shares to the share of their combination, under which all are independent. Rare
combinations count much then, and the effective number of images says what that costs; those that do not occur cannot
be made up for.

Reference:
    Bergsma, A bias-correction for Cramér's V and Tschuprow's T, 2013, https://doi.org/10.1016/j.jkss.2012.10.002
    Kish, Survey Sampling, 1965 (effective number of independent units).
"""

from collections.abc import Sequence
from itertools import combinations

import numpy as np
import numpy.typing as npt
import pandas as pd
import torch
from torch import Tensor

from benchmarks.concepts.attributes import Attribute
from benchmarks.metrics import bootstrap, effective_images, resample_counts
from benchmarks.summary.figures import FIGURE, Figure, resampled

__all__ = ["ASSOCIATED", "ASSOCIATION", "association_table", "effective_number", "independence_weights"]

ASSOCIATION = ["attribute", "other", *FIGURE, "associated"]
"""Columns of the table of associations."""

ASSOCIATED = 0.1
"""Cramér's V above which attributes go together, by the low end; below, swaps carry little along."""

_QUARTERS = 4  # groups of a number
_RESAMPLES = 200
_CONVENTION = "Cramér's V with Bergsma's correction, numbers in quarters, 0 for independent, 1 for tied"

Array = npt.NDArray[np.float64]
Places = npt.NDArray[np.int64]


def association_table(attributes: Sequence[Attribute], *, weights: Tensor | None = None, seed: int = 0) -> pd.DataFrame:
    """How much every two attributes go together, over the images where both are known.

    Args:
        attributes: of the same N images.
        weights: (N,) of the images; all alike where None.
        seed: of the bootstrap.

    Returns:
        Columns :data:`ASSOCIATION`; ``associated`` where the whole interval lies above 0.1.
    """
    rows = []
    for one, other in combinations(attributes, 2):
        both = (one.known & other.known).nonzero().flatten()
        if len(both) < 2:
            continue
        weighed = np.ones(len(both)) if weights is None else weights[both].double().numpy()
        figure = _cramer(_groups(one.values[both]), _groups(other.values[both]), weighed, seed)
        tied = figure.low > ASSOCIATED
        rows.append({"attribute": one.name, "other": other.name, **figure._asdict(), "associated": tied})
    return pd.DataFrame(rows, columns=ASSOCIATION)


def independence_weights(attributes: Sequence[Attribute], table: pd.DataFrame) -> Tensor:
    """Weights (N,) of mean 1 under which all associated attributes are independent of each other.

    Args:
        attributes: of the same N images.
        table: of :func:`association_table`; attributes that it does not call associated are left as they are.

    Returns:
        0 for images of which one of the associated attributes is not known; all 1 where nothing is associated.
    """
    tied = table[table["associated"].astype(bool)]
    names = set(tied["attribute"]) | set(tied["other"])
    chosen = [one for one in attributes if one.name in names]
    if not chosen:
        return torch.ones(len(attributes[0].values) if attributes else 0, dtype=torch.float64)
    known = torch.stack([one.known for one in chosen]).all(0)
    groups = np.stack([_groups(one.values[known]) for one in chosen], axis=1)
    _, cells = np.unique(groups, axis=0, return_inverse=True)
    product = np.prod([_shares(column) for column in groups.T], axis=0)
    weights = torch.zeros(len(known), dtype=torch.float64)
    weights[known] = torch.tensor(product / _shares(cells.reshape(-1)))
    return weights / weights.mean()


def effective_number(weights: Tensor) -> float:
    """Kish's number of equally weighed images that say as much.

    Example:
        >>> effective_number(torch.tensor([1.0, 1.0, 0.0])), effective_number(torch.tensor([8.0, 1.0, 1.0]))
        (2.0, 1.515...)
    """
    return effective_images(weights.double().numpy())


def _groups(values: Tensor) -> Places:
    """(N,) int64 from 0: categories, or the quarters of numbers."""
    if values.is_floating_point():
        ends = values.quantile(torch.tensor([0.25, 0.5, 0.75], dtype=values.dtype))
        values = torch.bucketize(values, ends)
    groups: Places = np.unique(values.numpy(), return_inverse=True)[1].reshape(-1).astype(np.int64)
    return groups


def _shares(groups: Places) -> Array:
    """(N,) share of each one's group."""
    shares: Array = np.bincount(groups)[groups] / len(groups)
    return shares


def _cramer(one: Places, other: Places, weights: Array, seed: int) -> Figure:
    n = len(one)
    rows, columns = int(one.max()) + 1, int(other.max()) + 1
    places = one * columns + other
    effective = effective_images(weights)

    def statistic(drawn: Array, chance: float) -> Array:
        found = np.array([np.bincount(places, row, rows * columns) for row in drawn * weights])
        found = (found / found.sum(1, keepdims=True)).reshape(-1, rows, columns)
        expected = found.sum(2, keepdims=True) * found.sum(1, keepdims=True)
        with np.errstate(invalid="ignore", divide="ignore"):
            square = np.nansum((found - expected) ** 2 / expected, axis=(1, 2))
        corrected = np.maximum(0, square - chance * (rows - 1) * (columns - 1) / max(effective - 1, 1))
        sizes = [size - (size - 1) ** 2 / max(effective - 1, 1) for size in (rows, columns)]
        v: Array = np.sqrt(corrected / max(min(sizes) - 1, 1e-9)).clip(0, 1)
        return v

    value = float(statistic(np.ones((1, n)), 1.0)[0])
    # A resample adds as much chance agreement again as the sample has.
    samples = bootstrap(lambda drawn: statistic(drawn, 2.0), resample_counts(n, _RESAMPLES, seed))
    return resampled(value, samples, n, _CONVENTION)
