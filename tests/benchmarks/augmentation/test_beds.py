"""Beds: images that train, choose and test share nothing, and the planted tie is where it should be."""

from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from benchmarks.augmentation.beds import Bed, DigitsBed, FoldersBed, PlantedBed, labelled_images, open_bed
from benchmarks.datasets import digits
from benchmarks.training import TrainingData

SMALL = PlantedBed(count=400, held_out=200, test=200)


@pytest.fixture(scope="module")
def planted() -> Bed:
    return SMALL.open()


def pixels(data: TrainingData) -> set[bytes]:
    images, _ = labelled_images(data, len(data))
    return {image.numpy().tobytes() for image in images}


def agreement(data: TrainingData) -> float:
    """Share of images whose upper left corner, which is background, has the grey of its class's quarter of the range.

    Classes split the background's range evenly; the marker is a quarter of the side at most and may cover the corner,
    so the lower right one is read. Fading and stripes blur the borders, which leaves about the right order.
    """
    images, labels = labelled_images(data, len(data))
    grey = images[:, :, -6:, -6:].float().mean((1, 2, 3))
    ranks = grey.argsort().argsort().float() / len(grey)
    return float(np.corrcoef(ranks.numpy(), labels.numpy())[0, 1])


def test_digits_are_split_three_ways() -> None:
    bed = DigitsBed().open()
    assert len(bed.training) + len(bed.validation) + len(bed.test.entries) == len(digits().entries)
    assert bed.reference is None
    assert not pixels(bed.training) & pixels(bed.validation)
    assert set(bed.validation.labels.tolist()) == set(range(10))


def test_planted_statistics_tell_the_label_in_training_alone(planted: Bed) -> None:
    assert planted.reference is not None
    assert agreement(planted.training) > 0.5
    assert abs(agreement(planted.validation)) < 0.2
    assert abs(agreement(planted.reference)) < 0.2


def test_the_reference_has_the_same_labels(planted: Bed) -> None:
    assert planted.reference is not None
    assert torch.equal(planted.training.labels, planted.reference.labels)


def test_planted_images_are_not_shared(planted: Bed) -> None:
    assert not pixels(planted.training) & pixels(planted.validation)
    tested = {planted.test.decode(one).image.tobytes() for one in planted.test.entries[:50]}  # type: ignore[union-attr]
    drawn, _ = labelled_images(planted.validation, 200)
    assert not tested & {image.permute(1, 2, 0).contiguous().numpy().tobytes() for image in drawn}
    assert planted.test.class_names == planted.training.class_names


def test_own_images(tmp_path: Path) -> None:
    for part, count in (("train", 10), ("test", 4)):
        for name, colour in (("red", (200, 0, 0)), ("blue", (0, 0, 200))):
            folder = tmp_path / part / name
            folder.mkdir(parents=True)
            for number in range(count):
                Image.new("RGB", (40, 36), colour).save(folder / f"{number}.png")
    bed = FoldersBed(train=str(tmp_path / "train"), test=str(tmp_path / "test"), held_out=0.2).open()
    assert (len(bed.training), len(bed.validation), len(bed.test.entries)) == (16, 4, 8)
    assert bed.training.preparation.size == (36, 36)


def test_labelled_images_are_spread_over_the_data(planted: Bed) -> None:
    images, labels = labelled_images(planted.validation, 5)
    assert images.shape == (5, 3, 32, 32) and images.dtype == torch.uint8
    assert torch.equal(labels, planted.validation.labels[[0, 50, 100, 149, 199]])
    assert len(labelled_images(planted.validation, 10**6)[1]) == 200


def test_a_bed_is_opened_once() -> None:
    assert open_bed(SMALL) is open_bed(PlantedBed(count=400, held_out=200, test=200))
