import numpy as np
import pytest
import torch

from robustness.corruptions.canny import canny
from tests.robustness.corruptions.charts import drops, random_images


def reference_canny(levels, low, high):
    """Pixel by pixel; the direction by its angle in degrees."""
    height, width = levels.shape
    padded = np.pad(levels.astype(int), 1, mode="edge")
    across, down = np.zeros(levels.shape, int), np.zeros(levels.shape, int)
    for y, x in np.ndindex(levels.shape):
        block = padded[y : y + 3, x : x + 3]
        across[y, x] = np.dot([1, 2, 1], block[:, 2] - block[:, 0])
        down[y, x] = np.dot([1, 2, 1], block[2] - block[0])
    strength = np.pad(np.abs(across) + np.abs(down), 1)
    ridges = np.zeros(levels.shape, bool)
    for y, x in np.ndindex(levels.shape):
        here, around = strength[y + 1, x + 1], strength[y : y + 3, x : x + 3]
        angle = np.degrees(np.arctan2(abs(down[y, x]), abs(across[y, x])))
        if angle < 22.5:
            largest = here > around[1, 0] and here >= around[1, 2]
        elif angle > 67.5:
            largest = here > around[0, 1] and here >= around[2, 1]
        elif across[y, x] * down[y, x] < 0:
            largest = here > around[0, 2] and here > around[2, 0]
        else:
            largest = here > around[0, 0] and here > around[2, 2]
        ridges[y, x] = largest and here > low
    edges = ridges & (strength[1:-1, 1:-1] > high)
    while True:  # spread along the ridges until nothing changes
        near = np.pad(edges, 1)
        grown = sum(near[y : y + height, x : x + width] for y in range(3) for x in range(3)) > 0
        grown &= ridges
        if (grown == edges).all():
            return edges
        edges = grown


@pytest.mark.parametrize("shape", [(30, 30), (12, 41), (1, 30), (30, 1), (2, 2), (1, 1)], ids=str)
@pytest.mark.parametrize("thresholds", [(50, 150), (400, 700), (0, 0)], ids=str)
def test_equals_the_reference(shape, thresholds):
    noise = random_images(3, *shape)
    drops_part = drops()[:, 10 : 10 + shape[0], 20 : 20 + shape[1]]
    smooth = (noise // 16) + 100
    levels = torch.cat([noise, smooth, drops_part])
    ours = canny(levels, *thresholds)
    for image, edges in zip(levels.numpy(), ours.numpy(), strict=True):
        assert np.array_equal(edges, reference_canny(image, *thresholds))


def test_equals_opencv_on_drops():
    edges = canny(drops(), 50, 150)[0].long()
    y, x = torch.meshgrid(torch.arange(90), torch.arange(120), indexing="ij")
    # Count and weighted sum of cv2.Canny(drops, 50, 150).
    assert edges.sum() == 465
    assert (edges * ((x * 7 + y * 13) % 101)).sum() == 23278


def test_images_of_a_batch_are_not_linked():
    levels = torch.zeros(3, 20, 20, dtype=torch.uint8)
    levels[0, :, 10:] = 200
    levels[1, :, 10:] = 30  # weak, and a neighbour of the strong edge of the first image
    edges = canny(levels, 50, 150)
    assert edges[0].any()
    assert not edges[1:].any()
