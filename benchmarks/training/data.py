"""Training images: in memory where they are small, decoded batch by batch where they are not."""

import hashlib
import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np
import torch
from torch import Tensor

from benchmarks.conditions import CLEAN
from benchmarks.datasets import Samples
from benchmarks.loading import load_sample
from benchmarks.preparation import Preparation
from benchmarks.training.decoding import DecodedImages

__all__ = ["ImageSource", "MemoryImages", "TrainingData", "in_memory", "split", "training_data"]

_MEMORY_LIMIT = 4 * 2**30
_LARGEST_SIDE_IN_MEMORY = 96  # larger images are cropped anew from the file in every epoch


class ImageSource(Protocol):
    """N images of one size, reached by position; safe to call from several threads."""

    @property
    def cropped(self) -> bool:
        """Whether images for training come as random crops already."""

    def fetch(self, positions: Sequence[int], seeds: Sequence[int] | None = None) -> Tensor:
        """Some images (B, 3, H, W) uint8: as for evaluation, or with a seed for each of the random crops."""


@dataclass(frozen=True, kw_only=True)
class MemoryImages:
    """Images that are decoded already: (N, 3, H, W) uint8."""

    pixels: Tensor
    cropped: bool = False

    def fetch(self, positions: Sequence[int], seeds: Sequence[int] | None = None) -> Tensor:  # noqa: ARG002
        """Some of the images."""
        return self.pixels[torch.as_tensor(positions, dtype=torch.int64)]


@dataclass(frozen=True, kw_only=True)
class TrainingData:
    """Labelled images to train on.

    Attributes:
        source: where the pixels come from.
        positions: (N,) of the images among those of the source.
        labels: (N,) int64, indices into ``class_names``.
        class_names: K names, in the order of the logits.
        preparation: size of the images, and what was done to them; a trained model wants the same.
        name: of the data, for people.
        fingerprint: SHA-256 of images, labels and names, as far as these are known without decoding.
        skipped: images that could not be read and are left out.
    """

    source: ImageSource
    positions: Tensor
    labels: Tensor
    class_names: tuple[str, ...]
    preparation: Preparation
    name: str
    fingerprint: str
    skipped: int = 0

    def __len__(self) -> int:
        return len(self.labels)

    def select(self, chosen: Tensor) -> "TrainingData":
        """The images at ``chosen`` positions of this data, in that order."""
        digest = hashlib.sha256(self.fingerprint.encode() + chosen.numpy().tobytes()).hexdigest()
        return replace(self, positions=self.positions[chosen], labels=self.labels[chosen], fingerprint=digest)


def in_memory(images: Tensor, labels: Tensor, class_names: Sequence[str], name: str) -> TrainingData:
    """Training data from tensors.

    Args:
        images: (N, 3, H, W) uint8.
        labels: (N,) indices into ``class_names``.
        class_names: K names.
        name: for people.

    Raises:
        ValueError: the tensors are not as described.
    """
    if images.ndim != 4 or images.shape[1] != 3 or images.dtype != torch.uint8:
        raise ValueError(f"expected `images` as uint8 (N, 3, H, W), got {images.dtype} {tuple(images.shape)}")
    if labels.shape != (len(images),):
        raise ValueError(f"expected `labels` of shape ({len(images)},), got {tuple(labels.shape)}")
    if len(labels) and not 0 <= int(labels.min()) <= int(labels.max()) < len(class_names):
        raise ValueError(
            f"expected `labels` in 0..{len(class_names) - 1}, got {int(labels.min())}..{int(labels.max())}"
        )
    digest = hashlib.sha256("\0".join(class_names).encode())
    digest.update(images.contiguous().numpy().tobytes())
    digest.update(labels.to(torch.int64).contiguous().numpy().tobytes())
    return TrainingData(
        source=MemoryImages(pixels=images.contiguous()),
        positions=torch.arange(len(images)),
        labels=labels.to(torch.int64),
        class_names=tuple(class_names),
        preparation=Preparation(size=(images.shape[-2], images.shape[-1]), crop_fraction=1.0),
        name=name,
        fingerprint=digest.hexdigest(),
    )


def training_data(samples: Samples, preparation: Preparation) -> TrainingData:
    """Training data from samples of any layout, labelled by the samples' own class names.

    Images of up to 96 pixels are decoded once and kept, as long as they fit into 4 GiB. Larger ones are decoded in
    every epoch and give random resized crops.

    Args:
        samples: clean labelled images.
        preparation: size of the images, and how they are prepared for evaluation.

    Raises:
        ValueError: there is nothing that can be read, or the images were corrupted before they were stored.
    """
    if samples.conditions and CLEAN not in samples.conditions:
        raise ValueError(f"expected clean images to train on, got {samples.name}, which has corrupted ones alone")
    entries, (height, width) = samples.entries, preparation.size
    fits = 3 * height * width * len(entries) <= _MEMORY_LIMIT and max(height, width) <= _LARGEST_SIDE_IN_MEMORY
    if not fits:
        return TrainingData(
            source=DecodedImages(samples=samples, preparation=preparation),
            positions=torch.arange(len(entries)),
            labels=torch.tensor(list(entries.labels)),
            class_names=samples.class_names,
            preparation=preparation,
            name=samples.name,
            fingerprint=f"{samples.fingerprint} {preparation}",
        )
    with ThreadPoolExecutor(max_workers=os.cpu_count()) as pool:
        loaded = list(pool.map(lambda one: load_sample(samples, one, CLEAN, (preparation,)), entries))
    good = [position for position, one in enumerate(loaded) if one.status == "ok"]
    if not good:
        raise ValueError(f"expected images that can be read in {samples.name}, got none of {len(entries)}")
    images = torch.stack([loaded[position].pixels[preparation] for position in good])
    labels = torch.tensor([entries.labels[position] for position in good])
    data = in_memory(images, labels, samples.class_names, samples.name)
    return replace(data, preparation=preparation, skipped=len(entries) - len(good))


def split(data: TrainingData, share: float, *, seed: int) -> tuple[TrainingData, TrainingData]:
    """Hold out a share of the images of every class.

    Args:
        data: what is split.
        share: of each class, rounded to whole images; every class with two images or more keeps one to train on.
        seed: of the draw.

    Returns:
        Images to train on, and those held out.
    """
    generator = np.random.default_rng(seed)
    held: list[int] = []
    for label in range(len(data.class_names)):
        own = np.flatnonzero(data.labels.numpy() == label)
        held += generator.permutation(own)[: min(round(share * len(own)), max(len(own) - 1, 0))].tolist()
    chosen = torch.zeros(len(data), dtype=torch.bool)
    chosen[held] = True
    return data.select((~chosen).nonzero().flatten()), data.select(chosen.nonzero().flatten())
