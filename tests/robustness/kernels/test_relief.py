import numpy as np
import pytest
import torch

from robustness.corruptions import spatter
from robustness.kernels.relief import Relief, edge_distance
from tests.robustness.corruptions.charts import drops, random_images


@pytest.mark.parametrize("shape", [(60, 50), (9, 50), (1, 30), (30, 1), (2, 3), (1, 1)], ids=str)
@pytest.mark.parametrize("share", [0.0, 0.003, 0.03, 0.3])
def test_same_distances(shape, share):
    edges = np.random.default_rng(0).uniform(size=(4, *shape)) < share
    expected = spatter.edge_distance(torch.from_numpy(edges)).numpy()
    for image, distances in zip(edges, expected, strict=True):
        padded = np.empty((shape[0] + 4, shape[1] + 4), np.int32)
        edge_distance(image.astype(np.uint8), padded)
        assert np.array_equal(padded[2:-2, 2:-2], distances)


@pytest.mark.parametrize("shape", [(90, 120), (30, 40), (1, 30), (30, 1), (2, 2), (1, 1)], ids=str)
def test_same_relief(shape):
    depth = torch.cat(
        [drops()[:, : shape[0], : shape[1]], random_images(2, *shape) // 3, torch.zeros(1, *shape).byte()]
    )
    relief = Relief(*shape)
    for image, expected in zip(depth.contiguous(), spatter.water_relief(depth), strict=True):
        assert np.array_equal(relief(image.numpy()), expected.numpy())
