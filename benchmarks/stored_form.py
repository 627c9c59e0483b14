"""The stored form: what becomes of corrupted images that are saved as ImageNet-C's were.

The published files are JPEGs of quality 85 with optimised tables and 4:2:0 chroma, written by Pillow, so that every
corruption there is a light compression as well; scores on images that stay in memory differ a little.

Reference:
    Hendrycks and Dietterich, "Benchmarking Neural Network Robustness to Common Corruptions and Perturbations", ICLR
    2019, https://arxiv.org/abs/1903.12261; the saving call of its generator ``make_imagenet_c.py``,
    https://github.com/hendrycks/robustness.
"""

import io
import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image
from torch import Tensor

__all__ = ["QUALITY", "decode_jpegs", "encode_jpegs", "jpeg_roundtrip"]

QUALITY = 85


def encode_jpegs(images: Tensor) -> list[bytes]:
    """Encode images as the published files were.

    Args:
        images: (N, 3, H, W) uint8, RGB.

    Returns:
        The content of N files.

    Raises:
        ValueError: the images have another type or shape.
    """
    if images.dtype != torch.uint8 or images.ndim != 4 or images.shape[1] != 3:
        raise ValueError(f"expected `images` as uint8 (N, 3, H, W), got {images.dtype} {tuple(images.shape)}")
    with ThreadPoolExecutor(max_workers=os.cpu_count()) as pool:
        return list(pool.map(_encode, images.permute(0, 2, 3, 1).cpu().contiguous().numpy()))


def decode_jpegs(files: Sequence[bytes]) -> Tensor:
    """Decode at least one RGB file, all of one size: (N, 3, H, W) uint8."""
    with ThreadPoolExecutor(max_workers=os.cpu_count()) as pool:
        pixels = np.stack(list(pool.map(_decode, files)))
    return torch.from_numpy(pixels).permute(0, 3, 1, 2).contiguous()


def jpeg_roundtrip(images: Tensor) -> Tensor:
    """Encode images as the published files were, and decode them.

    Args:
        images: (N, 3, H, W) uint8, RGB; never modified.

    Returns:
        Images of the same shape on the same device.

    Raises:
        ValueError: the images have another type or shape.

    Example:
        >>> photos = torch.arange(3 * 8 * 8, dtype=torch.uint8).view(1, 3, 8, 8)
        >>> difference = jpeg_roundtrip(photos).int() - photos.int()
        >>> 0 < difference.abs().max().item() < 60
        True
    """
    files = encode_jpegs(images)
    return decode_jpegs(files).to(images.device) if files else images


def _encode(pixels: NDArray[np.uint8]) -> bytes:
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "JPEG", quality=QUALITY, optimize=True, subsampling="4:2:0")
    return file.getvalue()


def _decode(content: bytes) -> NDArray[np.uint8]:
    with Image.open(io.BytesIO(content), formats=("JPEG",)) as image:
        return np.asarray(image)
