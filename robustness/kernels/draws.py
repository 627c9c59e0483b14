"""The words of :mod:`robustness.corruptions.draws`, bit by bit the same, for use inside of kernels."""

from typing import Any

import numpy as np

from robustness.kernels.jit import compiled, inlined

__all__ = ["fill_words", "stream_state", "word"]


@inlined
def stream_state(key: Any, stream: Any) -> Any:
    """Mix an image's int64 key with the number of a stream: (low, high), the two uint32 halves."""
    bits = np.uint64(key) + np.uint64(stream) * np.uint64(0x9E3779B97F4A7C15)
    bits = bits + np.uint64(0x9E3779B97F4A7C15)
    bits = (bits ^ (bits >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    bits = (bits ^ (bits >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    bits = bits ^ (bits >> np.uint64(31))
    return np.uint32(bits & np.uint64(0xFFFFFFFF)), np.uint32(bits >> np.uint64(32))


@inlined
def word(low: Any, high: Any, position: Any) -> Any:
    """The uint32 at a position of the stream whose halves :func:`stream_state` gave."""
    # Without the casts every product would be carried out in 64 bits, at a quarter of the speed.
    bits = np.uint32(np.uint32(position) + low)
    bits = np.uint32(bits ^ (bits >> np.uint32(17)))
    bits = np.uint32(np.uint32(bits * np.uint32(0xED5AD4BB)) + high)
    bits = np.uint32(bits ^ (bits >> np.uint32(11)))
    bits = np.uint32(bits * np.uint32(0xAC4C1B51))
    bits = np.uint32(bits ^ (bits >> np.uint32(15)))
    bits = np.uint32(bits * np.uint32(0x31848BAB))
    return np.uint32(bits ^ (bits >> np.uint32(14)))


@compiled
def fill_words(low: Any, high: Any, first: Any, out: Any) -> None:
    """Fill ``out`` (uint32) with the words from position ``first`` on."""
    for index in range(out.size):
        out[index] = word(low, high, first + index)
