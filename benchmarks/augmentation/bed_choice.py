"""From what a user asks for to a bed and the training that suits its images."""

from dataclasses import dataclass, replace

from benchmarks.augmentation.beds import DigitsBed, FoldersBed, PlantedBed
from benchmarks.training import DIGITS_SETTING, TrainingSetting

__all__ = ["BEDS", "FOLDERS_TRAINING", "Wish", "choose_bed"]

BEDS: dict[str, tuple[DigitsBed | PlantedBed, TrainingSetting]] = {
    "digits": (DigitsBed(), DIGITS_SETTING),
    "planted": (PlantedBed(), replace(DIGITS_SETTING, epochs=10)),
}
"""Beds that need no files, by name, and how networks are trained on them: seconds a training."""

FOLDERS_TRAINING = TrainingSetting()
"""For a user's own images: that of the CIFAR experiments with AugMix."""


@dataclass(frozen=True, kw_only=True)
class Wish:
    """What a user asks for.

    Attributes:
        bed: a key of :data:`BEDS`; not looked at if there are own images.
        train: own images to train on.
        test: own images to test on.
        side: of own images, as networks see them; their own if None.
        architecture: in place of the bed's.
        epochs: in place of the bed's.
    """

    bed: str = "digits"
    train: str | None = None
    test: str | None = None
    side: int | None = None
    architecture: str | None = None
    epochs: int | None = None


def choose_bed(wish: Wish) -> tuple[DigitsBed | PlantedBed | FoldersBed, TrainingSetting]:
    """Find the bed and the training.

    Raises:
        ValueError: there is no such bed, or own images to train on but none to test on.

    Example:
        >>> choose_bed(Wish(bed="planted", epochs=3))[1].epochs
        3
    """
    bed: DigitsBed | PlantedBed | FoldersBed
    if (wish.train is None) != (wish.test is None):
        missing = "--test" if wish.test is None else "--data"
        raise ValueError(f"expected both --data to train on and --test, or neither for a bed; got no {missing}")
    if wish.train is not None and wish.test is not None:
        bed, training = FoldersBed(train=wish.train, test=wish.test, side=wish.side), FOLDERS_TRAINING
    elif wish.bed in BEDS:
        bed, training = BEDS[wish.bed]
    else:
        raise ValueError(f"expected --bed among {', '.join(BEDS)}, got {wish.bed!r}")
    if wish.epochs is not None:
        training = replace(training, epochs=wish.epochs)
    return bed, replace(training, architecture=wish.architecture or training.architecture)
