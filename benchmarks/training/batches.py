"""The order of an epoch: every image once, in batches as even as possible, shared out among the processes.

Nothing is dropped, repeated or padded. Batches of one epoch differ by at most one image, and so do the shares of two
processes in a batch; the loss is weighted by true counts. All draws follow from (seed, purpose, epoch, rank).
"""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

__all__ = ["Batch", "derived_seed", "epoch_batches", "even_parts", "generator_for"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """A process' share of one step.

    Attributes:
        positions: (B,) of its images among those of the data.
        total: images of all processes in this step.
    """

    positions: NDArray[np.int64]
    total: int


def derived_seed(*parts: object) -> int:
    """A seed below 2^63 from a hash of what it is for."""
    digest = hashlib.blake2b("\0".join(map(str, parts)).encode(), digest_size=8).digest()
    return int.from_bytes(digest) >> 1


def generator_for(*parts: object) -> torch.Generator:
    """A fresh generator on the CPU for one purpose."""
    return torch.Generator().manual_seed(derived_seed(*parts))


def even_parts(count: int, parts: int) -> list[int]:
    """Sizes of ``parts`` parts of ``count`` things that differ by at most one.

    Example:
        >>> even_parts(10, 4)
        [3, 3, 2, 2]
    """
    return [count // parts + (index < count % parts) for index in range(parts)]


def epoch_batches(count: int, batch_size: int, *, seed: int, epoch: int, rank: int, world: int) -> Iterator[Batch]:
    """Yield a process' share of every batch of an epoch.

    Args:
        count: images of the data.
        batch_size: largest batch of all processes together.
        seed: of the run.
        epoch: whose order is drawn.
        rank: which process.
        world: number of processes.

    Raises:
        ValueError: there are batches with fewer than two images a process.
    """
    sizes = even_parts(count, -(-count // batch_size))
    if min(sizes) < 2 * world:
        raise ValueError(
            f"expected at least {2 * world} images a batch, 2 a process, got {count} images in batches of up to "
            f"{batch_size}; take a larger batch or fewer processes"
        )
    order = np.random.default_rng(derived_seed(seed, "order", epoch)).permutation(count)
    first = 0
    for size in sizes:
        shares = even_parts(size, world)
        start = first + sum(shares[:rank])
        yield Batch(positions=order[start : start + shares[rank]], total=size)
        first += size
