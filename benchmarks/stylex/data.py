"""Images that a StylEx is trained on, and others that it is measured on, all in memory as bytes."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import torch
from torch import Tensor

from benchmarks.conditions import CLEAN
from benchmarks.datasets import Samples
from benchmarks.datasets.subsets import draw_key
from benchmarks.loading import load_sample
from benchmarks.planted import Design, draw_images
from benchmarks.preparation import Preparation

__all__ = ["StylexData", "planted_data", "samples_data"]


@dataclass(frozen=True, kw_only=True)
class StylexData:
    """Images with the classes that people gave them; the training itself reads no label.

    Attributes:
        name: for people.
        class_names: K names, in the order of the classifier's logits.
        images: (N, 3, side, side) uint8 to train on.
        labels: (N,) int64 positions in ``class_names``.
        held_out: (M, 3, side, side) uint8 that training does not see.
        held_out_labels: (M,) int64.
        held_out_ids: of the M images; none where images have no ids.
    """

    name: str
    class_names: tuple[str, ...]
    images: Tensor
    labels: Tensor
    held_out: Tensor
    held_out_labels: Tensor
    held_out_ids: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if len(self.images) != len(self.labels) or len(self.held_out) != len(self.held_out_labels):
            raise ValueError("expected a label for each image")
        if not len(self.images) or not len(self.held_out):
            raise ValueError(
                f"expected images of {', '.join(self.class_names)} to train on and to hold out, got {len(self.images)} "
                f"and {len(self.held_out)}"
            )

    @property
    def side(self) -> int:
        """Height and width of the images."""
        return self.images.shape[-1]

    @cached_property
    def fingerprint(self) -> str:
        """SHA-256 over the training images."""
        digest = hashlib.sha256(repr(tuple(self.images.shape)).encode())
        for part in self.images.split(1024):
            digest.update(part.contiguous().numpy().tobytes())
        return digest.hexdigest()


def planted_data(design: Design, *, images: int = 8192, held_out: int = 1000) -> StylexData:
    """Planted images: the training split, and the test split with the shortcut independent of the label.

    Args:
        design: what is planted.
        images: to train on.
        held_out: to measure on.
    """
    train = draw_images(design, images)
    test = draw_images(design, held_out, split="test", variant="removed")
    return StylexData(
        name=f"planted-{design.rule}",
        class_names=design.class_names,
        images=train.images,
        labels=train.labels,
        held_out=test.images,
        held_out_labels=test.labels,
    )


def samples_data(
    samples: Samples,
    preparation: Preparation,
    *,
    names: Mapping[str, str],
    class_names: Sequence[str],
    side: int,
    images: int | None = None,
    held_out: float = 0.2,
    seed: int = 0,
) -> StylexData:
    """Images of any data that belong to some classes of a classifier.

    Args:
        samples: the data; images that cannot be read are left out.
        preparation: the classifier's own, up to the size.
        names: data class to the classifier's class name.
        class_names: the classes to take, in the order of the logits.
        side: of the images.
        images: at most so many, held-out ones included.
        held_out: share of the images that training does not see.
        seed: of the draws.

    Raises:
        ValueError: no image, or a share that holds out none or all.
    """
    if not 0 < held_out < 1:
        raise ValueError(f"expected `held_out` between 0 and 1, got {held_out:g}")
    entries = [one for one in samples.entries if names.get(one.class_name) in class_names]
    entries = sorted(entries, key=lambda one: draw_key(seed, "stylex", one.image_id))[:images]
    prepare, order = replace(preparation, size=(side, side)), list(class_names)
    loaded = [(load_sample(samples, one, CLEAN, [prepare]), one) for one in entries]
    read = [(image.pixels[prepare], one) for image, one in loaded if image.status == "ok"]
    first = round(held_out * len(read))
    pixels = torch.empty(0, 3, side, side, dtype=torch.uint8)
    labels = torch.tensor([order.index(names[one.class_name]) for _, one in read])
    if read:
        pixels = torch.stack([image for image, _ in read])
    return StylexData(
        name=samples.name,
        class_names=tuple(class_names),
        images=pixels[first:],
        labels=labels[first:],
        held_out=pixels[:first],
        held_out_labels=labels[:first],
        held_out_ids=tuple(one.image_id for _, one in read[:first]),
    )
