from pathlib import Path

import numpy as np
import pytest
import torch

from benchmarks.datasets import open_samples
from benchmarks.preparation import Preparation
from benchmarks.training.decoding import DecodedImages, random_resized_box


@pytest.fixture
def source(colour_folder: Path) -> DecodedImages:
    return DecodedImages(samples=open_samples(colour_folder), preparation=Preparation(size=(24, 24)))


def test_boxes_have_the_area_and_aspect_of_the_paper() -> None:
    generator = np.random.default_rng(0)
    boxes = np.array([random_resized_box((500, 500), generator) for _ in range(4000)])
    assert (boxes[:, :2] >= 0).all() and (boxes[:, 2:] <= 500).all()
    wide, high = (boxes[:, 2:] - boxes[:, :2]).T
    area, aspect = wide * high / 500**2, wide / high
    assert area.min() > 0.079 and area.max() <= 1
    assert aspect.min() > 0.74 and aspect.max() < 1.35
    assert abs(np.median(np.log(aspect))) < 0.02


def test_images_that_no_box_fits_are_cropped_to_their_middle() -> None:
    assert random_resized_box((1000, 10), np.random.default_rng(0)) == (495, 0, 505, 10)


def test_a_crop_depends_on_its_seed_alone(source: DecodedImages) -> None:
    together = source.fetch([3, 4, 5], [30, 40, 50])
    assert together.shape == (3, 3, 24, 24) and together.dtype == torch.uint8
    assert torch.equal(source.fetch([5, 3], [50, 30]), together[[2, 0]])
    assert not torch.equal(source.fetch([3], [31])[0], together[0])


def test_evaluation_sees_the_usual_preparation(source: DecodedImages) -> None:
    image = source.samples.decode(source.samples.entries[3]).image
    assert image is not None
    assert torch.equal(source.fetch([3])[0], source.preparation(image))


def test_an_image_that_cannot_be_read_stops_with_its_path(source: DecodedImages, colour_folder: Path) -> None:
    (colour_folder / "blue" / "001.png").write_bytes(b"")
    with pytest.raises(ValueError, match="blue/001.png: empty"):
        source.fetch([1], [0])
