import pickle
from pathlib import Path

import pytest
import torch

from benchmarks.datasets import digits, open_samples
from benchmarks.preparation import Preparation
from benchmarks.training import TrainingData, in_memory, split, training_data
from benchmarks.training.decoding import DecodedImages
from tests.benchmarks.training.conftest import CLASSES, coloured

SMALL = Preparation(size=(16, 16), crop_fraction=1.0)


def test_samples_keep_pixels_and_labels_by_name(colour_folder: Path) -> None:
    samples = open_samples(colour_folder)
    data = training_data(samples, SMALL)
    assert data.class_names == samples.class_names and len(data) == 30
    for position, entry in enumerate(samples.entries):
        assert data.class_names[data.labels[position]] == entry.class_name
    image = samples.decode(samples.entries[7]).image
    assert image is not None
    assert torch.equal(data.source.fetch([7])[0], SMALL(image))
    assert data.preparation == SMALL and not data.source.cropped


def test_images_that_cannot_be_read_are_counted_and_left_out(colour_folder: Path) -> None:
    (colour_folder / "red" / "000.png").write_bytes(b"no image")
    data = training_data(open_samples(colour_folder), SMALL)
    assert (len(data), data.skipped) == (29, 1)
    assert len(data.source.fetch(range(29))) == 29


def test_large_images_stay_on_the_disk(colour_folder: Path) -> None:
    data = training_data(open_samples(colour_folder), Preparation(size=(112, 112)))
    assert isinstance(data.source, DecodedImages) and data.source.cropped and len(data) == 30


def test_digits_are_what_they_are() -> None:
    data = training_data(digits(), Preparation(size=(32, 32), crop_fraction=1.0))
    assert (len(data), data.class_names, data.skipped) == (1797, tuple("0123456789"), 0)


def test_the_fingerprint_tells_images_labels_and_names() -> None:
    data = coloured(12)
    images, labels = data.source.fetch(range(12)), data.labels
    others = [
        in_memory(images.flip(3), labels, CLASSES, "a"),
        in_memory(images, labels.flip(0), CLASSES, "a"),
        in_memory(images, labels, CLASSES[::-1], "a"),
        data.select(torch.arange(11)),
    ]
    assert len({data.fingerprint, *(other.fingerprint for other in others)}) == 5
    assert in_memory(images, labels, CLASSES, "another name").fingerprint == data.fingerprint


def test_a_split_holds_out_the_share_of_every_class(data: TrainingData) -> None:
    kept, held = split(data, 0.25, seed=0)
    assert sorted([*kept.positions.tolist(), *held.positions.tolist()]) == list(range(len(data)))
    assert held.labels.bincount().tolist() == [4, 4, 4]
    assert torch.equal(held.labels, data.labels[held.positions])
    assert split(data, 0.25, seed=0)[1].fingerprint == held.fingerprint != split(data, 0.25, seed=1)[1].fingerprint
    assert len(split(data, 0.0, seed=0)[1]) == 0
    assert split(data, 0.9, seed=0)[0].labels.unique().tolist() == [0, 1, 2]


def test_it_travels_to_other_processes(data: TrainingData, colour_folder: Path) -> None:
    for one in (data, training_data(open_samples(colour_folder), Preparation(size=(112, 112)))):
        again = pickle.loads(pickle.dumps(one))
        assert torch.equal(again.source.fetch([1, 2], [5, 6]), one.source.fetch([1, 2], [5, 6]))


@pytest.mark.parametrize(
    ("images", "labels", "message"),
    [
        (torch.zeros(2, 3, 4, 4), torch.zeros(2), "uint8"),
        (torch.zeros(2, 4, 4, 3, dtype=torch.uint8), torch.zeros(2), "uint8 \\(N, 3, H, W\\)"),
        (torch.zeros(2, 3, 4, 4, dtype=torch.uint8), torch.zeros(3), "`labels` of shape \\(2,\\)"),
        (torch.zeros(2, 3, 4, 4, dtype=torch.uint8), torch.tensor([0, 3]), "`labels` in 0..2, got 0..3"),
    ],
)
def test_other_tensors_are_refused(images: torch.Tensor, labels: torch.Tensor, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        in_memory(images, labels, CLASSES, "a")


def test_folders_without_an_image_are_refused(colour_folder: Path) -> None:
    for path in colour_folder.rglob("*.png"):
        path.write_bytes(b"")
    with pytest.raises(ValueError, match="got none of 30"):
        training_data(open_samples(colour_folder), SMALL)
