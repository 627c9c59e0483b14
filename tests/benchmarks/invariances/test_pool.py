import pytest
import torch

from benchmarks.invariances.pool import fitting_size, fold, resized, split_ids
from tests.xai.invariances.networks import colour_layers


def test_parts_are_disjoint_whole_and_seeded():
    parts = split_ids(100, 0)
    assert [len(part) for part in parts.values()] == [60, 20, 20]
    assert sorted(torch.cat(list(parts.values())).tolist()) == list(range(100))
    assert not torch.equal(split_ids(100, 1)["test"], parts["test"])
    with pytest.raises(ValueError, match="expected at least 20 images that can be read and classified, got 19"):
        split_ids(19, 0)


def test_sizes_fit_the_autoencoder():
    assert fitting_size((500, 20), 128) == (128, 16)
    assert fitting_size((33, 33), 128) == (32, 32)


def test_the_classifier_sees_images_and_the_autoencoder_small_ones():
    images = torch.randint(256, (5, 3, 16, 16), dtype=torch.uint8, generator=torch.Generator().manual_seed(0))
    layers = colour_layers()
    pool = fold(images, layers, (8, 8), device=torch.device("cpu"), batch_size=2)
    assert pool.images.shape == (5, 3, 8, 8) and pool.images.dtype == torch.uint8 and len(pool) == 5
    assert torch.allclose(pool.features["pool"], layers.rows(images.float() / 255)["pool"])
    assert torch.equal(resized(images, (16, 16)), images)
    flat = torch.full((1, 3, 16, 16), 77, dtype=torch.uint8)
    assert (resized(flat, (8, 8)) == 77).all()
