"""How kernels are compiled: once per machine, free of Python's lock, with the arithmetic as it is written.

Nothing is reordered or fused (no ``fastmath``), so a kernel gives the same bits on every processor. The
machine code is cached beside the source, or in the user's cache folder where that cannot be written.
"""

import hashlib
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from typing import Any, TypeVar, cast

import numba

__all__ = ["compiled", "inlined"]

Kernel = TypeVar("Kernel", bound=Callable[..., Any])


def compiled(kernel: Kernel) -> Kernel:
    """Compile a kernel on its first call; it runs in parallel with other threads."""
    settings: Any = numba.config
    others = settings.CACHE_DIR
    settings.CACHE_DIR = _cache_folder()
    try:
        return cast(Kernel, numba.njit(nogil=True, cache=True, error_model="numpy")(kernel))
    finally:
        settings.CACHE_DIR = others


@lru_cache(maxsize=1)
def _cache_folder() -> str:
    """A folder for each state of the sources: on its own, numba does not see changes in files that a kernel imports."""
    here = Path(__file__).parent
    sources = sorted([*here.glob("*.py"), *here.parent.glob("corruptions/*.py")])
    state = hashlib.sha256(b"\0".join(source.read_bytes() for source in sources))
    return str(here / "__pycache__" / f"kernels-{state.hexdigest()[:16]}")


def inlined(kernel: Kernel) -> Kernel:
    """Paste a small function into the kernels that call it, so that their loops use vector instructions."""
    return cast(Kernel, numba.njit(inline="always", error_model="numpy")(kernel))
