"""Counter-based random numbers: each draw is a hash of (image key, stream, position), never of a state.

A key is 64 bits per image. A word is the keyed hash of its position: integer additions, multiplications
that wrap around, shifts and exclusive-ors only, so CPU and GPU give the same bits, and no draw depends on
which images share the batch or on how many threads worked.

Reference:
    J. K. Salmon, M. A. Moraes, R. O. Dror and D. E. Shaw, "Parallel Random Numbers: As Easy as 1, 2, 3",
    SC 2011 (the idea), https://doi.org/10.1145/2063384.2063405
    G. L. Steele, D. Lea and C. H. Flood, "Fast Splittable Pseudorandom Number Generators", OOPSLA 2014,
    figure 16 (the 64-bit mixer), https://doi.org/10.1145/2660193.2660195
    C. Wellons, "Prospecting for Hash Functions", 2018 (the 32-bit mixer ``triple32``),
    https://nullprogram.com/blog/2018/07/31/
"""

import hashlib
import math
from functools import lru_cache

import torch
from torch import Tensor

__all__ = ["half_words", "image_keys", "normal_table", "normals", "uniforms", "words"]


def image_keys(seeds: Tensor, purpose: str) -> Tensor:
    """Hash each image's seed with a purpose.

    Args:
        seeds: (N,) int64, any values.
        purpose: what the draws are for, such as ``"gaussian_noise/3/imagenet"``.

    Returns:
        (N,) int64 keys; distinct seeds have distinct keys under one purpose.

    Example:
        >>> image_keys(torch.tensor([0, 1]), "gaussian_noise/3/imagenet").unique().numel()
        2
    """
    digest = hashlib.blake2b(purpose.encode(), digest_size=8).digest()
    return _mix64(_mix64(seeds) ^ int.from_bytes(digest, "little", signed=True))


def words(keys: Tensor, count: int, *, stream: int = 0) -> Tensor:
    """Draw ``count`` random 32-bit words per key.

    Args:
        keys: (N,) int64 from :func:`image_keys`.
        count: draws per image.
        stream: draws of different streams are independent.

    Returns:
        (N, count) int32, all 2^32 values equally likely.
    """
    low, high = _halves(_mix64(keys + _signed(stream * 0x9E3779B97F4A7C15, 64)))
    word = torch.arange(count, dtype=torch.int32, device=keys.device) + low
    scratch = torch.empty_like(word)
    _fold(word, 17, scratch)
    word.mul_(_signed(0xED5AD4BB, 32)).add_(high)
    _fold(word, 11, scratch)
    word.mul_(_signed(0xAC4C1B51, 32))
    _fold(word, 15, scratch)
    word.mul_(_signed(0x31848BAB, 32))
    _fold(word, 14, scratch)
    return word


def uniforms(keys: Tensor, count: int, *, stream: int = 0) -> Tensor:
    """Draw ``count`` uniform numbers per key, as multiples of 2^-24.

    Args:
        keys: (N,) int64 from :func:`image_keys`.
        count: draws per image.
        stream: draws of different streams are independent.

    Returns:
        (N, count) float32 in [0, 1); the same bits on every device.

    Example:
        >>> u = uniforms(torch.tensor([5]), 1000)
        >>> bool((u >= 0).all() and (u < 1).all())
        True
    """
    high_bits = words(keys, count, stream=stream).bitwise_right_shift_(8).bitwise_and_((1 << 24) - 1)
    return high_bits.float().mul_(2.0**-24)


def normals(keys: Tensor, count: int, *, stream: int = 0) -> Tensor:
    """Draw ``count`` standard normal numbers per key, two from each word.

    Sixteen bits choose one of 65,536 equally likely slices of the distribution, and the draw is the slice's
    mean: every device gives the same bits, and no draw exceeds 4.4.

    Args:
        keys: (N,) int64 from :func:`image_keys`.
        count: draws per image.
        stream: draws of different streams are independent.

    Returns:
        (N, count) float32.
    """
    slices = half_words(keys, count, stream=stream).to(torch.int32).bitwise_and_(0xFFFF)
    return normal_table().to(keys.device).index_select(0, slices.view(-1)).view(slices.shape)


def half_words(keys: Tensor, count: int, *, stream: int = 0) -> Tensor:
    """Draw ``count`` random 16-bit words per key: (N, count) int16, two from each word, the lower half first."""
    return words(keys, (count + 1) // 2, stream=stream).view(torch.int16)[:, :count].contiguous()


@lru_cache(maxsize=1)
def normal_table() -> Tensor:
    """The means of 65,536 equally likely slices of the standard normal distribution; (65536,) float32, rising."""
    slices = 1 << 16
    edges = torch.special.ndtri(torch.arange(slices + 1, dtype=torch.float64) / slices)
    density = torch.exp(-edges.square() / 2) / math.sqrt(math.tau)  # 0 at both infinite ends
    return (-density.diff() * slices).float()


def _mix64(bits: Tensor) -> Tensor:
    bits = bits + _signed(0x9E3779B97F4A7C15, 64)
    bits = (bits ^ _shift_right(bits, 30)) * _signed(0xBF58476D1CE4E5B9, 64)
    bits = (bits ^ _shift_right(bits, 27)) * _signed(0x94D049BB133111EB, 64)
    return bits ^ _shift_right(bits, 31)


def _halves(keys: Tensor) -> tuple[Tensor, Tensor]:
    """The lower and upper 32 bits of (N,) int64, each (N, 1) int32."""
    halves = keys.contiguous().view(torch.int32).view(-1, 2)
    return halves[:, :1], halves[:, 1:]


def _fold(word: Tensor, shift: int, scratch: Tensor) -> None:
    """In place ``word ^= word >> shift`` on unsigned 32-bit words."""
    torch.bitwise_right_shift(word, shift, out=scratch)
    # torch shifts copies of the sign bit in from the left; they are masked away.
    word.bitwise_xor_(scratch.bitwise_and_((1 << (32 - shift)) - 1))


def _shift_right(bits: Tensor, shift: int) -> Tensor:
    return (bits >> shift) & ((1 << (64 - shift)) - 1)


def _signed(value: int, bits: int) -> int:
    """``value`` modulo 2^bits as the signed integer with the same bits, which torch asks of its scalars."""
    value %= 1 << bits
    return value - (1 << bits) if value >> (bits - 1) else value
