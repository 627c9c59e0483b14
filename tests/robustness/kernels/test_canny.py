import numpy as np
import pytest
import torch

from robustness.corruptions import canny as with_torch
from robustness.kernels.canny import canny
from tests.robustness.corruptions.charts import drops, random_images


@pytest.mark.parametrize("shape", [(60, 70), (12, 41), (1, 30), (30, 1), (2, 2), (1, 1)], ids=str)
@pytest.mark.parametrize("thresholds", [(50, 150), (400, 700), (0, 0)], ids=str)
def test_same_edges(shape, thresholds):
    noise = random_images(3, *shape)
    levels = torch.cat([noise, noise // 16 + 100, drops()[:, 10 : 10 + shape[0], 20 : 20 + shape[1]]]).contiguous()
    for image, expected in zip(levels, with_torch.canny(levels, *thresholds), strict=True):
        edges = np.empty(shape, np.uint8)
        canny(image.numpy(), *thresholds, edges)
        assert np.array_equal(edges.astype(bool), expected.numpy())
