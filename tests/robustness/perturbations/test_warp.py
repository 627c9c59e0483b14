import math

import numpy as np
import pytest
import torch
from PIL import Image

from robustness.perturbations.warp import affine_warp, centre_crop, margins, perspective_warp, warp
from tests.robustness.corruptions.charts import random_images

SHAPES = [((20, 26), (20, 26)), ((21, 26), (16, 13)), ((9, 8), (8, 8)), ((1, 12), (1, 7)), ((1, 1), (1, 1))]
LINEAR = {
    "identity": ((1.0, 0.0), (0.0, 1.0)),
    "turn": ((math.cos(0.3), math.sin(0.3)), (-math.sin(0.3), math.cos(0.3))),
    "shrink": ((2.5, 0.0), (0.0, 2.5)),
    "enlarge": ((0.83, 0.0), (0.0, 0.83)),
    "slant": ((1.0, 0.27), (0.0, 1.04)),
}


def pillow(image, linear, size):
    """What Pillow reads at ``c + linear (p - c)``; (3, H, W) to (3, h, w)."""
    height, width = image.shape[1:]
    across, down = width / 2 + 0.5, height / 2 + 0.5
    (a, b), (d, e) = linear
    matrix = (a, b, across - a * across - b * down, d, e, down - d * across - e * down)
    photo = Image.fromarray(np.moveaxis(image, 0, 2)).transform((width, height), Image.Transform.AFFINE, matrix,
                                                                Image.Resampling.BILINEAR)  # fmt: skip
    top, left = margins((height, width), size)
    return np.moveaxis(np.array(photo), 2, 0)[:, top : top + size[0], left : left + size[1]]


@pytest.mark.parametrize("shape, size", SHAPES, ids=str)
@pytest.mark.parametrize("linear", LINEAR.values(), ids=LINEAR)
def test_affine_equals_pillow(shape, size, linear):
    images = random_images(3, 3, *shape)
    ours = warp(images, affine_warp(linear, shape, size)).numpy()
    expected = np.stack([pillow(image, linear, size) for image in images.numpy()])
    difference = np.abs(ours.astype(int) - expected)
    assert difference.max() <= 1  # the last of the 23 bits of a weight
    assert (difference == 0).mean() > 0.98


@pytest.mark.parametrize("level", [0, 1, 128, 255])
def test_flat_images_stay_flat_inside_and_black_outside(level):
    images = torch.full((1, 3, 40, 40), level, dtype=torch.uint8)
    for linear in LINEAR.values():
        assert set(warp(images, affine_warp(linear, (40, 40), (40, 40))).unique().tolist()) <= {0, level}
        assert warp(images, affine_warp(linear, (40, 40), (4, 4))).unique().tolist() == [level]


def reference_perspective(image, matrix, size):
    """One output pixel at a time, with coordinates in 32nds of a pixel and black around; (H, W)."""
    inverse = np.linalg.inv(np.array(matrix))
    top, left = margins(image.shape, size)
    padded = np.pad(image.astype(int), 1)
    out = np.zeros(size, dtype=np.uint8)
    for row, column in np.ndindex(size):
        x, y, depth = inverse @ [column + left, row + top, 1]
        across, down = (round(32 * axis / depth) for axis in (x, y))
        total = 0
        for dy, dx in np.ndindex(2, 2):
            weight = (down % 32 if dy else 32 - down % 32) * (across % 32 if dx else 32 - across % 32)
            place = down // 32 + dy + 1, across // 32 + dx + 1
            if all(0 <= axis < side for axis, side in zip(place, padded.shape, strict=True)):
                total += weight * padded[place]
        out[row, column] = (total + 512) // 1024
    return out


@pytest.mark.parametrize("shape, size", SHAPES, ids=str)
@pytest.mark.parametrize("slope", [0.0, 0.003, -0.01])
def test_perspective_equals_the_plain_reference(shape, size, slope):
    matrix = ((1.02, 0.1, -1.3), (-0.07, 0.95, 2.2), (slope, -slope / 2, 1.0))
    images = random_images(2, 1, *shape)
    ours = warp(images, perspective_warp(matrix, shape, size)).numpy()
    expected = np.stack([reference_perspective(image[0], matrix, size)[None] for image in images.numpy()])
    assert np.array_equal(ours, expected)


def test_a_map_onto_itself_changes_nothing():
    images = random_images(2, 3, 11, 14)
    one = ((1.0, 0.0, 0.0), (0.0, 1.0, 0.0), (0.0, 0.0, 1.0))
    assert torch.equal(warp(images, perspective_warp(one, (11, 14), (11, 14))), images)
    assert torch.equal(warp(images, affine_warp(LINEAR["identity"], (11, 14), (7, 8))), centre_crop(images, (7, 8)))


def test_the_crop_is_that_of_torchvision():
    from torchvision.transforms.v2.functional import center_crop

    for height, width in [(256, 341), (233, 255), (9, 8), (8, 8)]:
        images = random_images(1, 3, height, width)
        size = min(224, height), min(224, width)
        assert torch.equal(centre_crop(images, size), center_crop(images, list(size)))
