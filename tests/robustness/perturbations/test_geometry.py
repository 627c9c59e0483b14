import math
from itertools import pairwise

import numpy as np
import pytest
import torch

from robustness.perturbations import COURSES, perturb
from tests.robustness.corruptions.charts import random_images


def made(images, name, profile, size=None):
    """(N, F, 3, h, w) array."""
    return perturb(images, name, seeds=torch.arange(len(images)), profile=profile, size=size).numpy()


def reference_translate(image, step):
    """Pixel by pixel; (3, H, W)."""
    out = np.zeros_like(image)
    for column in range(image.shape[2]):
        if 0 <= column - step < image.shape[2]:
            out[:, :, column] = image[:, :, int(column - step)]
    return out


def reference_affine(image, angle, factor, slant):
    """Rotation, scale and slant about the centre, bilinear in floating point, truncated; (3, H, W).

    The forward map is factor * (cos a, -sin(a + h); sin a, cos(a + h)), of which every output pixel asks the inverse.
    """
    _, height, width = image.shape
    a, h = math.radians(angle), math.radians(slant)
    forward = factor * np.array([[math.cos(a), -math.sin(a + h)], [math.sin(a), math.cos(a + h)]])
    centre = np.array([width / 2 + 0.5, height / 2 + 0.5])
    out = np.zeros_like(image)
    for row, column in np.ndindex(height, width):
        x, y = centre + np.linalg.solve(forward, np.array([column + 0.5, row + 0.5]) - centre)
        if not (0 <= x < width and 0 <= y < height):
            continue
        left, top = math.floor(x - 0.5), math.floor(y - 0.5)
        dx, dy = x - 0.5 - left, y - 0.5 - top
        rows, columns = np.clip([top, top + 1], 0, height - 1), np.clip([left, left + 1], 0, width - 1)
        four = image[:, rows][:, :, columns].astype(float)
        out[:, row, column] = np.array([1 - dy, dy]) @ four @ np.array([1 - dx, dx]) + 1e-9
    return out


def test_translate_equals_the_plain_reference():
    images = random_images(2, 3, 9, 50)
    for profile in ("imagenet", "cifar"):
        steps = COURSES["translate"][profile].steps
        expected = np.stack([[reference_translate(image, step) for step in steps] for image in images.numpy()])
        assert np.array_equal(made(images, "translate", profile), expected)


def test_translation_moves_the_scene_to_the_right():
    images = random_images(1, 3, 8, 64)
    film = made(images, "translate", "imagenet", size=(8, 20))[0]
    assert np.array_equal(film[20], images[0, :, :, 22:42].numpy())
    for before, after in pairwise(film):
        assert np.array_equal(after[:, :, 1:], before[:, :, :-1])


@pytest.mark.parametrize("profile", ["imagenet", "cifar"])
@pytest.mark.parametrize("name", ["rotate", "scale", "shear"])
def test_equals_the_plain_reference(name, profile):
    images = random_images(1, 3, 19, 24)
    film = made(images, name, profile)[0]
    for number, step in list(enumerate(COURSES[name][profile].steps))[::6]:
        how = {"rotate": (step, 1, 0), "scale": (0, step, 0), "shear": (0, 1, step)}[name]
        difference = np.abs(film[number].astype(int) - reference_affine(images[0].numpy(), *how))
        assert difference.max() <= 1  # the last of the 23 bits of a weight
        assert (difference == 0).mean() > 0.98


@pytest.mark.parametrize("name, middle", [("rotate", 15), ("shear", 15), ("translate", 20)])
def test_the_middle_frame_is_the_image(name, middle):
    images = random_images(2, 3, 30, 26)
    film = made(images, name, "imagenet", size=(22, 20))
    assert np.array_equal(film[:, middle], images[:, :, 4:26, 3:23].numpy())


def test_rotation_is_clockwise_and_scaling_shrinks_first():
    dot = torch.zeros(1, 3, 65, 65, dtype=torch.uint8)
    dot[..., 31:34, 52:55] = 255  # to the right of the centre
    rows, columns = np.nonzero(made(dot, "rotate", "cifar")[0, -1, 0])
    assert rows.mean() > 35 and columns.mean() > 48, "below where it was"
    white = torch.full((1, 3, 40, 40), 255, dtype=torch.uint8)
    lit = (made(white, "scale", "imagenet")[0, :, 0] > 0).sum((1, 2))
    assert lit[0] == 16**2 and lit[-1] == 40**2
    assert (np.diff(lit) >= 0).all()


def test_the_margin_comes_into_sight():
    images = torch.full((1, 3, 64, 64), 200, dtype=torch.uint8)
    for name in ("translate", "rotate", "shear"):
        assert (made(images, name, "cifar", size=(32, 32)) == 200).all(), "nothing black within the margin"
        assert (made(images[..., :32, :32], name, "cifar") == 0).any(), "black where there is none"


def reference_tilt(image, degrees):
    """The picture as a plane in space; (H, W), in floating point, without rounding of coordinates."""
    height, width = image.shape
    angle, distance = math.radians(degrees), math.hypot(height, width)
    about_y = np.array([[math.cos(angle), 0, -math.sin(angle)], [0, 1, 0], [math.sin(angle), 0, math.cos(angle)]])
    about_x = np.array([[1, 0, 0], [0, math.cos(angle), -math.sin(angle)], [0, math.sin(angle), math.cos(angle)]])
    turned = about_x @ about_y
    middle = np.array([width / 2, height / 2])
    padded, out = np.pad(image.astype(float), 1), np.zeros((height, width))
    for row, column in np.ndindex(height, width):
        # The seen point lies on the ray through the pixel; solve for its place on the plane, z = 1 before turning.
        ray = np.array([*(np.array([column, row]) - middle) / distance, 1])
        x, y, _ = np.linalg.solve(np.column_stack([turned[:, :2], -ray]), -turned[:, 2] - [0, 0, distance])
        x, y = np.clip(np.add(middle, (x, y)), -1, [width, height])
        left, top = math.floor(x), math.floor(y)
        four = np.pad(padded, 1)[top + 2 : top + 4, left + 2 : left + 4]
        out[row, column] = np.array([1 - y + top, y - top]) @ four @ np.array([1 - x + left, x - left])
    return out


@pytest.mark.parametrize("profile", ["imagenet", "cifar"])
def test_tilt_equals_the_plain_reference_up_to_its_coordinates(profile):
    y, x = np.mgrid[:24, :30]
    soft = torch.from_numpy(np.uint8(120 + 60 * np.sin(x / 6) + 60 * np.cos(y / 5))).expand(1, 3, 24, 30)
    film = made(soft, "tilt", profile)[0, :, 0]
    for number, step in list(enumerate(COURSES["tilt"][profile].steps))[::6]:
        difference = np.abs(film[number] - reference_tilt(soft[0, 0].numpy(), step))
        # A 64th of a pixel: of the soft steps inside little, of the step to black at the border up to 4 levels.
        assert difference.max() <= 8
        assert np.median(difference) <= 0.5
        assert (difference <= 1).mean() > 0.93
