"""What an oracle's outputs mean: places for the attributes, a loss to train them, their values and their changes."""

import math
from collections.abc import Iterable, Iterator
from itertools import accumulate, pairwise

import numpy as np
import pandas as pd
import torch
import torch.nn.functional as F
from torch import Tensor

from benchmarks.planted.attributes import ATTRIBUTES, Attribute

__all__ = ["heads", "reading_changes", "reading_loss", "reading_values", "unit_vectors"]

_ANGLE = "angle"


def heads(names: Iterable[str]) -> dict[str, slice]:
    """Which outputs belong to which attribute: scores of a category, one logit, one level, or cosine and sine.

    Example:
        >>> heads(["shape", "hue", "marker"])
        {'shape': slice(0, 4, None), 'hue': slice(4, 6, None), 'marker': slice(6, 7, None)}
    """
    names = list(names)
    ends = [0, *accumulate(_width(ATTRIBUTES[name]) for name in names)]
    return {name: slice(*span) for name, span in zip(names, pairwise(ends), strict=True)}


def _width(attribute: Attribute) -> int:
    return {"category": attribute.count, _ANGLE: 2}.get(attribute.kind, 1)


def _parts(names: Iterable[str], outputs: Tensor) -> Iterator[tuple[str, Attribute, Tensor]]:
    for name, columns in heads(names).items():
        yield name, ATTRIBUTES[name], outputs[:, columns]


def reading_loss(outputs: Tensor, targets: dict[str, Tensor]) -> Tensor:
    """Sum over attributes of cross-entropy, or of squared error in units of the attribute's variance.

    Args:
        outputs: (N, D).
        targets: (N,) values of each attribute, in the order of the outputs.

    Returns:
        A scalar.
    """
    total = outputs.new_zeros(())
    for name, attribute, part in _parts(targets, outputs):
        target = targets[name]
        if attribute.kind == "category":
            total = total + F.cross_entropy(part, target.long())
        elif attribute.kind == "binary":
            total = total + F.binary_cross_entropy_with_logits(part[:, 0], target.float())
        elif attribute.kind == _ANGLE:
            angles = math.tau * target.float()
            total = total + F.mse_loss(part, torch.stack([angles.cos(), angles.sin()], dim=1)) * 2
        else:
            total = total + F.mse_loss(part[:, 0], target.float()) * 3
    return total


def reading_values(outputs: Tensor, names: Iterable[str]) -> pd.DataFrame:
    """The most likely value of each attribute, in the units of a table of attributes: N rows."""
    columns = {}
    for name, attribute, part in _parts(names, outputs.double().cpu()):
        if attribute.kind == "category":
            values = part.argmax(1)
        elif attribute.kind == "binary":
            values = (part[:, 0] > 0).long()
        else:
            values = _turns(part) if attribute.kind == _ANGLE else part[:, 0]
        columns[name] = values.numpy()
    return pd.DataFrame(columns)


def reading_changes(before: Tensor, after: Tensor, names: Iterable[str]) -> pd.DataFrame:
    """How far each attribute moved, in units of the mean distance of two random images.

    Discrete attributes move by the total variation between their probabilities, so that half a marker counts half.

    Args:
        before: (N, D) outputs.
        after: (N, D) outputs for the edited images.
        names: the attributes, in the order of the outputs.

    Returns:
        N rows of values >= 0; 1 is as far as drawing the attribute anew.
    """
    columns = {}
    first, second = before.double().cpu(), after.double().cpu()
    for (name, attribute, old), (_, _, new) in zip(_parts(names, first), _parts(names, second), strict=True):
        if attribute.kind == "category":
            moved = (old.softmax(1) - new.softmax(1)).abs().sum(1) / 2
        elif attribute.kind == "binary":
            moved = (old.sigmoid() - new.sigmoid()).abs()[:, 0]
        elif attribute.kind == _ANGLE:
            gap = (_turns(old) - _turns(new)).abs()
            moved = torch.minimum(gap, 1 - gap)
        else:
            moved = (old - new).abs()[:, 0]
        columns[name] = (moved / attribute.spread).numpy()
    return pd.DataFrame(columns)


def unit_vectors(values: np.ndarray, attribute: Attribute) -> np.ndarray:
    """(N, 1) values of a level, or (N, 2) points on the circle for an angle: a space in which errors are distances."""
    if attribute.kind != _ANGLE:
        return values[:, None]
    angles = math.tau * values
    return np.stack([np.cos(angles), np.sin(angles)], axis=1)


def _turns(part: Tensor) -> Tensor:
    """(N,) angles in [0, 1) turns from (N, 2) cosines and sines of any length."""
    return (torch.atan2(part[:, 1], part[:, 0]) / math.tau).remainder(1)
