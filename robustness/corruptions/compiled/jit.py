"""How kernels are compiled: once per machine, free of Python's lock, with the arithmetic as it is written.

Nothing is reordered or fused (no ``fastmath``), so a kernel gives the same bits on every processor. The
machine code is cached beside the source, or in the user's cache folder where that cannot be written.
"""

from collections.abc import Callable
from typing import Any, TypeVar, cast

import numba

__all__ = ["compiled", "inlined"]

Kernel = TypeVar("Kernel", bound=Callable[..., Any])


def compiled(kernel: Kernel) -> Kernel:
    """Compile a kernel on its first call; it runs in parallel with other threads."""
    return cast(Kernel, numba.njit(nogil=True, cache=True, error_model="numpy")(kernel))


def inlined(kernel: Kernel) -> Kernel:
    """Paste a small function into the kernels that call it, so that their loops use vector instructions."""
    return cast(Kernel, numba.njit(inline="always", error_model="numpy")(kernel))
