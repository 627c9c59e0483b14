import pytest
import torch

from robustness.corruptions import elastic
from robustness.kernels.elastic import elastic_transform
from tests.robustness.corruptions.charts import random_images
from tests.robustness.kernels.equality import SIZES, assert_same_pixels


@pytest.mark.parametrize("size", SIZES)
def test_same_pixels(size):
    assert_same_pixels(elastic_transform, elastic.elastic_transform, "elastic_transform", size)


@pytest.mark.parametrize("shape", [(3, 40), (40, 3), (2, 2), (12, 1), (150, 20)], ids=str)
@pytest.mark.parametrize("constant", [(0, 0, 40), (30, 0, 0), (30, 1, 60), (400, 3, 5), (9, 30, 2)], ids=str)
def test_same_pixels_however_far_they_move(shape, constant):
    images, keys = random_images(4, 3, *shape), torch.tensor([1, -1, 2**62, 5])
    expected = elastic.elastic_transform(images, constant, keys)
    assert torch.equal(elastic_transform(images, constant, keys), expected)


@pytest.mark.parametrize("factor", [1e3, 1e9, 1e300])
def test_maps_that_lead_far_away_stay_inside(factor, monkeypatch):
    maps = torch.tensor([[[factor, -factor, 3], [-factor, 0.5, -factor]]], dtype=torch.float64).clamp(
        -(2.0**40), 2.0**40
    )
    images, keys = random_images(1, 3, 20, 30), torch.tensor([1])
    for module in ("robustness.corruptions.elastic", "robustness.kernels.elastic"):
        monkeypatch.setattr(f"{module}.inverse_affine", lambda *_: maps)
    expected = elastic.elastic_transform(images, (0, 0, 1), keys)
    assert torch.equal(elastic_transform(images, (0, 0, 1), keys), expected)
