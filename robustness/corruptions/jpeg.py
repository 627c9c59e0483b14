"""JPEG compression without a file: what encoding and decoding do to the pixels, bit by bit.

Entropy coding loses nothing, so the round trip is: colours to luma and chroma, chroma at half the
resolution, the cosine transform of 8 x 8 blocks, rounding to multiples of a step, and the same way back.
The arithmetic is libjpeg-turbo's, in whole numbers (its accurate integer transform and its smooth chroma
enlargement), at 4:2:0: the pixels are those that Pillow reads from the file it wrote with its defaults.

Every intermediate result is a whole number below 2^53, so the matrix products here have no rounding error.
"""

from functools import lru_cache

import torch
from torch import Tensor

__all__ = ["TO_RGB", "TO_YCC", "jpeg_compression", "quantisation_steps"]

# Weights of red, green and blue in 1/65536, and the summand: luma, blue and red chroma, all less 128.
TO_YCC = (
    (19595, 38470, 7471, 32768 - (128 << 16)),
    (-11059, -21709, 32768, 32767),
    (32768, -27439, -5329, 32767),
)
# Weights of blue and red chroma in 1/65536, which with luma make red, green and blue.
TO_RGB = ((0, 91881), (-22554, -46802), (116130, 0))

# The left half of the cosine transform's matrix in 1/8192, as the sums of libjpeg's rounded constants.
_COSINES = (
    (8192, 8192, 8192, 8192),
    (11363, 9633, 6437, 2260),
    (10703, 4433, -4433, -10703),
    (9633, -2259, -11362, -6436),
    (8192, -8192, -8192, 8192),
    (6437, -11362, 2261, 9633),
    (4433, -10704, 10704, -4433),
    (2260, -6436, 9633, -11363),
)
# Steps at quality 50: tables K.1 (luma) and K.2 (chroma) of the standard.
_LUMA_STEPS = (
    (16, 11, 10, 16, 24, 40, 51, 61),
    (12, 12, 14, 19, 26, 58, 60, 55),
    (14, 13, 16, 24, 40, 57, 69, 56),
    (14, 17, 22, 29, 51, 87, 80, 62),
    (18, 22, 37, 56, 68, 109, 103, 77),
    (24, 35, 55, 64, 81, 104, 113, 92),
    (49, 64, 78, 87, 103, 121, 120, 101),
    (72, 92, 95, 98, 112, 100, 103, 99),
)
_CHROMA_STEPS = (
    (17, 18, 24, 47, 99, 99, 99, 99),
    (18, 21, 26, 66, 99, 99, 99, 99),
    (24, 26, 56, 99, 99, 99, 99, 99),
    (47, 66, 99, 99, 99, 99, 99, 99),
    *((99, 99, 99, 99, 99, 99, 99, 99),) * 4,
)


def jpeg_compression(images: Tensor, quality: int, _keys: Tensor) -> Tensor:
    """Encode as JPEG (Pillow's defaults, 4:2:0 chroma) and decode.

    Args:
        images: (N, 3, H, W) uint8.
        quality: libjpeg's quality, in 1..100.

    Returns:
        (N, 3, H, W) uint8.

    Reference:
        Hendrycks and Dietterich, ICLR 2019, section 4.1, https://arxiv.org/abs/1903.12261
        ITU-T T.81, "Digital Compression and Coding of Continuous-Tone Still Images", 1992, annexes A and K.
        C. Loeffler, A. Ligtenberg and G. Moschytz, "Practical Fast 1-D DCT Algorithms with 11
        Multiplications", ICASSP 1989 (the transform), https://doi.org/10.1109/ICASSP.1989.266596
    """
    height, width = images.shape[2:]
    luma, *chroma = _to_ycc(images)
    luma_steps, chroma_steps = quantisation_steps(quality).to(images.device)
    luma = _code(luma, luma_steps)
    halves = _code(_halve(torch.cat(chroma)), chroma_steps)[:, :, : (width + 1) // 2]
    blue, red = _double(halves)[:, :height, :width].sub(128).chunk(2)
    bands = [luma + ((by_blue * blue + by_red * red + (1 << 15)) >> 16) for by_blue, by_red in TO_RGB]
    return torch.stack(bands, 1).clamp_(0, 255).to(torch.uint8)


@lru_cache(maxsize=32)
def quantisation_steps(quality: int) -> Tensor:
    """What luma and chroma are rounded to multiples of: (2, 8, 8) int32, by vertical and horizontal frequency."""
    percent = 5000 // quality if quality < 50 else 200 - 2 * quality
    steps = torch.tensor([_LUMA_STEPS, _CHROMA_STEPS], dtype=torch.int32)
    return steps.mul_(percent).add_(50).div_(100, rounding_mode="floor").clamp_(1, 255)


def _to_ycc(images: Tensor) -> list[Tensor]:
    """Luma, blue and red chroma less 128, each (N, H, W) int32."""
    red, green, blue = images.to(torch.int32).unbind(1)
    return [(a * red + b * green + c * blue + summand) >> 16 for a, b, c, summand in TO_YCC]


def _halve(planes: Tensor) -> Tensor:
    """Means of 2 x 2 pixels, (N, H, W) to half the size, rounded up; exact halves down in even columns."""
    height, width = ((side + 1) // 2 for side in planes.shape[1:])
    # Blocks that reach over the right border hold further means of the last column, so they are made here.
    rows, width = 2 * height, _whole_blocks(width)
    planes = _extend(planes, rows, 2 * width)
    pairs = planes[:, ::2] + planes[:, 1::2]
    halves_down = torch.arange(width, dtype=torch.int32, device=planes.device) % 2 + 1
    return (pairs[:, :, ::2] + pairs[:, :, 1::2] + halves_down) >> 2


def _code(planes: Tensor, steps: Tensor) -> Tensor:
    """Round the frequencies of (N, H, W) int32 planes, centred at 0, to multiples of their steps; 0..255."""
    count, height, width = planes.shape
    down, right = _whole_blocks(height), _whole_blocks(width)
    extended = _extend(planes, down, right).double()
    blocks = extended.view(count, down // 8, 8, right // 8, 8).transpose(2, 3)
    cosines = _cosines().to(planes.device)
    waves = _drop_bits(cosines @ _drop_bits(blocks @ cosines.T, 11), 15)  # eight times the frequencies
    counts = waves.abs().add_(4 * steps).div_(8 * steps).floor_().mul_(waves.sign())
    pixels = _drop_bits(_drop_bits(cosines.T @ (counts * steps), 11) @ cosines, 18).add_(128).clamp_(0, 255)
    return pixels.to(torch.int32).transpose(2, 3).reshape(count, down, right)[:, :height, :width]


def _double(planes: Tensor) -> Tensor:
    """Enlarge (N, H, W) int32 planes twofold; new pixels lie at 1/4 and 3/4 between the old ones."""
    if planes.shape[2] <= 2:  # as libjpeg does
        return planes.repeat_interleave(2, 1).repeat_interleave(2, 2)
    padded = torch.cat([planes[:, :1], planes, planes[:, -1:]], 1)
    near = padded[:, 1:-1] * 3
    rows = torch.stack([near + padded[:, :-2], near + padded[:, 2:]], 2).flatten(1, 2)
    padded = torch.cat([rows[:, :, :1], rows, rows[:, :, -1:]], 2)
    near = padded[:, :, 1:-1] * 3
    columns = [(near + padded[:, :, :-2] + 8) >> 4, (near + padded[:, :, 2:] + 7) >> 4]
    return torch.stack(columns, 3).flatten(2, 3)


def _extend(planes: Tensor, height: int, width: int) -> Tensor:
    """Repeat the last row and column of (N, H, W) planes up to the given size."""
    for axis, size in ((1, height), (2, width)):
        index = torch.arange(size, device=planes.device).clamp_(max=planes.shape[axis] - 1)
        planes = planes.index_select(axis, index)
    return planes


def _whole_blocks(side: int) -> int:
    return -(-side // 8) * 8


@lru_cache(maxsize=1)
def _cosines() -> Tensor:
    """(8, 8) float64: frequencies by positions, in 1/8192."""
    left = torch.tensor(_COSINES, dtype=torch.float64)
    signs = torch.tensor([1, -1] * 4, dtype=torch.float64)[:, None]  # odd waves are point-symmetric
    return torch.cat([left, left.flip(1) * signs], 1)


def _drop_bits(whole: Tensor, bits: int) -> Tensor:
    """Divide by 2^bits and round, halves up."""
    return whole.add_(2.0 ** (bits - 1)).mul_(2.0**-bits).floor_()
