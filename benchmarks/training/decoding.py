"""Images that are decoded anew for every batch, in threads."""

import functools
import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from benchmarks.conditions import CLEAN
from benchmarks.datasets import Samples
from benchmarks.preparation import Preparation

__all__ = ["DecodedImages", "random_resized_box"]

_AREA = (0.08, 1.0)
_ASPECT = (3 / 4, 4 / 3)
_TRIES = 10


@dataclass(frozen=True, kw_only=True)
class DecodedImages:
    """Images of some samples as random resized crops for training, and as prepared for evaluation.

    Attributes:
        samples: the images.
        preparation: their size, and what is done to them for evaluation.
    """

    samples: Samples
    preparation: Preparation
    cropped: bool = True

    def fetch(self, positions: Sequence[int], seeds: Sequence[int] | None = None) -> Tensor:
        """Some images (B, 3, H, W) uint8: as for evaluation, or random crops, each from its own seed.

        Raises:
            ValueError: an image cannot be read.
        """
        each: Sequence[int | None] = seeds or [None] * len(positions)
        return torch.stack(list(_pool().map(self._load, positions, each)))

    def _load(self, position: int, seed: int | None) -> Tensor:
        sample = self.samples.entries[int(position)]
        decoded = self.samples.decode(sample, CLEAN)
        if decoded.image is None:
            raise ValueError(
                f"expected images that can be read, got {sample.path}: {decoded.status} {decoded.note}; "
                "repair or remove it, then run the same command again"
            )
        if seed is None:
            return self.preparation(decoded.image)
        height, width = self.preparation.size
        box = random_resized_box(decoded.image.size, np.random.default_rng(seed))
        crop = decoded.image.resize((width, height), Image.Resampling.BILINEAR, box=box)
        return torch.from_numpy(np.array(crop, dtype=np.uint8)).permute(2, 0, 1).contiguous()


@functools.cache
def _pool() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(max_workers=os.cpu_count())


def random_resized_box(size: tuple[int, int], generator: np.random.Generator) -> tuple[int, int, int, int]:
    """Draw the box of a random resized crop: 8 to 100 % of the area, sides in the ratio 3:4 to 4:3.

    Args:
        size: (width, height) of the image.
        generator: of the draw.

    Returns:
        left, top, right, bottom.

    Reference:
        Szegedy et al., "Going Deeper with Convolutions", CVPR 2015, section 6, https://arxiv.org/abs/1409.4842
    """
    width, height = size
    for _ in range(_TRIES):
        area = width * height * generator.uniform(*_AREA)
        aspect = np.exp(generator.uniform(*np.log(_ASPECT)))
        wide, high = round((area * aspect) ** 0.5), round((area / aspect) ** 0.5)
        if 0 < wide <= width and 0 < high <= height:
            left, top = int(generator.integers(width - wide + 1)), int(generator.integers(height - high + 1))
            return left, top, left + wide, top + high
    side = min(width, height)
    left, top = (width - side) // 2, (height - side) // 2
    return left, top, left + side, top + side
