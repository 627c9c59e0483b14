"""Keep freed pages in the process: eager tensors on a CPU are otherwise bound by page faults."""

import ctypes
import sys

__all__ = ["keep_freed_pages", "return_freed_pages", "share_allocator"]

_M_TRIM_THRESHOLD = -1
_M_MMAP_THRESHOLD = -3
_M_ARENA_MAX = -8


def keep_freed_pages() -> bool:
    """Tell glibc to reuse large freed blocks instead of returning them to the system.

    Every temporary of more than 32 MB is otherwise mapped anew, and each of its pages zeroed at first touch. All
    threads share one heap, because those that glibc makes for other threads give their pages back all the same.
    The figures are in docs/results/inference.md.

    Returns:
        Whether the C library took the settings; False on systems without glibc.
    """
    if not sys.platform.startswith("linux"):
        return False
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is None:
        return False
    settings = {_M_MMAP_THRESHOLD: 1 << 30, _M_TRIM_THRESHOLD: (1 << 31) - 1, _M_ARENA_MAX: 1}
    return all(mallopt(name, value) for name, value in settings.items())


def return_freed_pages() -> bool:
    """Give back what the process keeps but does not use, between two stages that need different memory.

    Returns:
        Whether the C library gave anything back; False on systems without glibc.
    """
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None) if sys.platform.startswith("linux") else None
    return bool(trim(0)) if trim is not None else False


def share_allocator() -> None:
    """Let Arrow take memory from the C library, so that pages freed by tensors serve tables and the other way round."""
    import pyarrow as pa

    pa.set_memory_pool(pa.system_memory_pool())
