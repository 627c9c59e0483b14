"""Test beds: images to train on, to choose by and to test on, which share none.

The embedded digits hardly differ in brightness, colour or contrast. The planted images are the opposite: these agree
with the label in nearly all training images and not at all in the test images, so that a network which leans on them
is caught; a network trained on the same images without the agreement shows what can be reached.
"""

import functools
from dataclasses import dataclass

import torch
from torch import Tensor

from benchmarks.datasets import Samples, digits_halves, open_samples
from benchmarks.planted import Design, Scene, draw_images, planted_samples
from benchmarks.preparation import Preparation
from benchmarks.training import TrainingData, choose_preparation, in_memory, split, training_data

__all__ = ["Bed", "DigitsBed", "FoldersBed", "PlantedBed", "labelled_images", "open_bed"]

_SMALL = Preparation(size=(32, 32), crop_fraction=1.0)
_TIED = 0.95  # of the training images whose statistics agree with the label
_FADING = 0.6


@dataclass(frozen=True, kw_only=True)
class Bed:
    """Images of a comparison.

    Attributes:
        training: every recipe trains on them.
        validation: choose what a recipe leaves open; never trained on, never tested on.
        test: what is audited.
        reference: training images of a network that shows what could be reached; None where there is no such thing.
        note: what a reader must know of the images.
    """

    training: TrainingData
    validation: TrainingData
    test: Samples
    reference: TrainingData | None
    note: str


@dataclass(frozen=True, kw_only=True)
class DigitsBed:
    """The embedded digits: one half to train on, less a share to choose by; the other half to test on.

    Attributes:
        held_out: share of the training half for validation.
        seed: of the halves.
    """

    held_out: float = 0.2
    seed: int = 0

    def open(self) -> Bed:
        """Read the images."""
        train_half, test = digits_halves(self.seed)
        training, validation = split(training_data(train_half, _SMALL), self.held_out, seed=self.seed)
        note = f"{len(training)} digits to train on, {len(validation)} to choose by, {len(test.entries)} to test on"
        return Bed(training=training, validation=validation, test=test, reference=None, note=note)


@dataclass(frozen=True, kw_only=True)
class PlantedBed:
    """Planted shapes whose background, hue and contrast agree with the label in training, and not in the test.

    Attributes:
        count: different training images.
        held_out: validation images, without the tie.
        test: test images, without the tie.
        tied: share of the training images whose statistics agree with the label.
        seed: of all images.
    """

    count: int = 4096
    held_out: int = 500
    test: int = 1000
    tied: float = _TIED
    seed: int = 0

    @property
    def design(self) -> Design:
        """Where the images come from."""
        return Design(rule="shape", statistics=self.tied, scene=Scene(fading=_FADING), seed=self.seed)

    def open(self) -> Bed:
        """Draw the images."""
        note = (
            f"shapes; background, hue and contrast agree with the label in {self.tied:.0%} of {self.count} training "
            f"images and are independent of it in {self.held_out} validation and {self.test} test images; the "
            "reference trains on the same images without the tie"
        ).replace("%", " %")
        return Bed(
            training=self._drawn(self.count, "train", "present"),
            validation=self._drawn(self.held_out, "validation", "removed"),
            test=planted_samples(self.design, self.test, split="test", variant="removed"),
            reference=self._drawn(self.count, "train", "removed"),
            note=note,
        )

    def _drawn(self, count: int, part: str, variant: str) -> TrainingData:
        drawn = draw_images(self.design, count, split=part, variant=variant)
        return in_memory(drawn.images, drawn.labels, self.design.class_names, f"planted-shape/{part}-{variant}")


@dataclass(frozen=True, kw_only=True)
class FoldersBed:
    """A user's own images.

    Attributes:
        train: any layout with classes, to train on.
        test: any layout, to test on; images that are corrupted already are taken as they are.
        held_out: share of the training images for validation.
        side: height and width that the networks see; the images' own up to 96 pixels, else 224, if None.
        seed: of the draw for validation.
    """

    train: str
    test: str
    held_out: float = 0.1
    side: int | None = None
    seed: int = 0

    def open(self) -> Bed:
        """Index the images."""
        samples = open_samples(self.train)
        images = training_data(samples, choose_preparation(samples, self.side))
        training, validation = split(images, self.held_out, seed=self.seed)
        test = open_samples(self.test)
        note = f"{len(training)} images to train on, {len(validation)} to choose by, {len(test.entries)} to test on"
        return Bed(training=training, validation=validation, test=test, reference=None, note=note)


@functools.lru_cache(maxsize=1)
def open_bed(bed: DigitsBed | PlantedBed | FoldersBed) -> Bed:
    """Open a bed once in each process."""
    return bed.open()


def labelled_images(data: TrainingData, most: int) -> tuple[Tensor, Tensor]:
    """Some images of training data as for evaluation, and their labels.

    Args:
        data: such as a bed's validation.
        most: how many at most, evenly spread over the data.

    Returns:
        (N, 3, H, W) uint8 and (N,) int64.
    """
    count = min(most, len(data))
    chosen = torch.linspace(0, len(data) - 1, count).round().long() if count else torch.zeros(0, dtype=torch.int64)
    return data.source.fetch(data.positions[chosen].tolist()), data.labels[chosen]
