"""The baseline that AttFind is held against: coordinates in which exemplars of a class differ from everybody.

It reads styles alone; what moving a coordinate does to the decision, it never asks.

Reference:
    Wu, Lischinski and Shechtman, StyleSpace Analysis, 2021, section 5, https://arxiv.org/abs/2011.12799, in the form in
    which Lang et al. compare with it (ranked by the size of the mean normalised difference).
"""

from collections.abc import Sequence

import torch
from torch import Tensor

from xai.stylex.effects import Shift

__all__ = ["normalised_difference"]

_FEWEST = 5  # exemplars: a mean of fewer is noise


def normalised_difference(
    styles: Tensor, scores: Tensor, *, count: int, share: float = 0.02, among: Sequence[int] | None = None
) -> list[Shift]:
    """Rank coordinates by the mean of exemplars minus that of all images, in standard deviations.

    Args:
        styles: (N, S) of images of every class.
        scores: (N,) how much each image is of the class; the highest are the exemplars.
        count: coordinates, at most.
        share: of the images that are exemplars, five at least.
        among: coordinates to rank; all if None.

    Returns:
        Coordinates in order, each in the direction in which exemplars differ.

    Raises:
        ValueError: another number of scores than of styles.

    Example:
        >>> styles = torch.tensor([[0.0, 0.0], [0.0, 1.0]]).repeat_interleave(10, 0)
        >>> normalised_difference(styles, styles[:, 1], count=1)
        [Shift(coordinates=(1,), directions=(1,))]
    """
    if len(scores) != len(styles):
        raise ValueError(f"expected a score for each of {len(styles)} styles, got {len(scores)}")
    exemplars = scores.argsort(descending=True)[: max(_FEWEST, round(share * len(scores)))]
    deviation = styles.std(0, correction=0)
    difference = (styles[exemplars].mean(0) - styles.mean(0)) / deviation.clamp(min=torch.finfo(styles.dtype).tiny)
    sizes = torch.where(deviation > 0, difference.abs(), 0.0)
    columns = torch.arange(styles.shape[1]) if among is None else torch.as_tensor(list(among))
    columns = columns.to(styles.device)
    order = columns[sizes[columns].argsort(descending=True)][:count]
    return [Shift(coordinates=(int(column),), directions=(int(difference[column] > 0),)) for column in order]
