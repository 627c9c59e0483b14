"""Threads over the pieces of a batch: kernels and torch both let go of Python's lock while they compute."""

import os
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache
from threading import Barrier
from typing import TypeVar

import torch

__all__ = ["for_each"]

Piece = TypeVar("Piece")


def for_each(work: Callable[[Piece], None], pieces: Iterable[Piece], *, threads: int) -> None:
    """Call ``work`` with every piece, so many at a time; pieces must not depend on each other.

    Raises:
        Exception: the first that ``work`` raised, in the order of the pieces.

    Example:
        >>> found = []
        >>> for_each(found.append, [1, 2], threads=1)
        >>> found
        [1, 2]
    """
    pieces = list(pieces)
    if min(threads, len(pieces)) <= 1:
        for piece in pieces:
            work(piece)
    else:
        list(_pool(threads).map(work, pieces))


@lru_cache(maxsize=1)
def _pool(count: int) -> ThreadPoolExecutor:
    before = torch.get_num_threads()
    pool = ThreadPoolExecutor(count, thread_name_prefix="corruptions")
    together = Barrier(count)

    def start(_: int) -> None:
        # How many threads an operation of torch uses is a setting of the thread that calls it: here, only its own.
        torch.get_num_threads()  # else the first use in this thread would undo the setting
        torch.set_num_threads(1)
        together.wait()

    list(pool.map(start, range(count)))
    torch.set_num_threads(before)  # torch also keeps the last setting for threads that others start
    return pool


# Threads do not survive a fork: the child makes its own.
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_pool.cache_clear)
