"""Questions put to factors: what if this image had that one's, another, or something between; and who is like it?

Every edit is features of the layer, for the rest of the classifier to judge.
"""

from collections.abc import Iterator

import torch
from torch import Tensor

from xai.iin.network import InterpretationNetwork

__all__ = ["each_resample", "interpolate", "nearest", "resample", "swap"]

_ROWS = 8192  # features in one pass, unless one draw has more


def swap(network: InterpretationNetwork, features: Tensor, donors: Tensor, factor: str) -> Tensor:
    """Give images the factor of others.

    Args:
        network: of the layer.
        features: (N, D) of those who receive.
        donors: (N, D) of those who give, row by row.
        factor: a name, or the residual; then what whitening left out stays with the receiver.

    Returns:
        (N, D) features.
    """
    _check_same(features, donors)
    columns = network.columns(factor)
    return network.inverse(network(features).put(columns, network(donors).factors[:, columns]))


def resample(
    network: InterpretationNetwork,
    features: Tensor,
    factor: str,
    *,
    generator: torch.Generator,
    draws: int = 1,
    pool: Tensor | None = None,
) -> Tensor:
    """Give images other values of one factor at random.

    Args:
        network: of the layer.
        features: (N, D).
        factor: a name, or the residual.
        generator: of the draws.
        draws: values for each image, the same for all images.
        pool: (M, D) features to take values from, for factors that are not normal (two-valued, or of the linear
            baseline); None draws from the standard normal that a trained flow promises.

    Returns:
        (draws, N, D) features.
    """
    return torch.cat(list(each_resample(network, features, factor, generator=generator, draws=draws, pool=pool)))


def each_resample(
    network: InterpretationNetwork,
    features: Tensor,
    factor: str,
    *,
    generator: torch.Generator,
    draws: int,
    pool: Tensor | None = None,
) -> Iterator[Tensor]:
    """What :func:`resample` answers, (M, N, D) at a time, a few draws each."""
    columns = network.columns(factor)
    code, width = network(features), columns.stop - columns.start
    if pool is None:
        values = torch.randn(draws, width, generator=generator).to(features)
    else:
        rows = torch.randint(len(pool), (draws,), generator=generator)
        values = network(pool[rows]).factors[:, columns]
    images = torch.arange(len(code))
    for part in values.split(max(1, _ROWS // len(code))):
        many = code[images.repeat(len(part))].put(columns, part.repeat_interleave(len(code), 0))
        yield network.inverse(many).unflatten(0, (len(part), len(code)))


def interpolate(
    network: InterpretationNetwork, features: Tensor, donors: Tensor, factor: str, *, steps: int = 7
) -> Tensor:
    """Move one factor of images in equal steps to that of others: a straight line in factors, a curve in features.

    Args:
        network: of the layer.
        features: (N, D) where it begins.
        donors: (N, D) whose factor it ends with.
        factor: a name, or the residual.
        steps: number of points, both ends included.

    Returns:
        (steps, N, D) features.

    Raises:
        ValueError: fewer than two steps.
    """
    _check_same(features, donors)
    if steps < 2:
        raise ValueError(f"expected `steps` of at least 2, the ends, got {steps}")
    columns = network.columns(factor)
    code, end = network(features), network(donors).factors[:, columns]
    begin = code.factors[:, columns]
    weights = torch.linspace(0, 1, steps, dtype=features.dtype).tolist()
    return torch.stack([network.inverse(code.put(columns, torch.lerp(begin, end, weight))) for weight in weights])


def nearest(network: InterpretationNetwork, features: Tensor, pool: Tensor, factor: str, *, count: int = 8) -> Tensor:
    """Find the images that are most alike in one factor, whatever the others say.

    Args:
        network: of the layer.
        features: (N, D).
        pool: (M, D) of the images to look among.
        factor: a name, or the residual.
        count: how many, at most M.

    Returns:
        (N, count) rows of the pool, the nearest first.

    Raises:
        ValueError: ``count`` outside 1..M.
    """
    if not 1 <= count <= len(pool):
        raise ValueError(f"expected `count` in 1..{len(pool)}, the images of the pool, got {count}")
    columns = network.columns(factor)
    here, there = (network(x).factors[:, columns] for x in (features, pool))
    return torch.cat([torch.cdist(part, there).argsort(1)[:, :count] for part in here.split(_ROWS)])


def _check_same(features: Tensor, donors: Tensor) -> None:
    if features.shape != donors.shape:
        raise ValueError(
            f"expected `donors` of shape {tuple(features.shape)} like `features`, got {tuple(donors.shape)}"
        )
