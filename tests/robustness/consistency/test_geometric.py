import math

import numpy as np
import pytest
import torch
from scipy import ndimage
from torchvision.transforms.v2 import InterpolationMode
from torchvision.transforms.v2 import functional as tv

from robustness.consistency.geometric import flip_horizontally, flip_vertically, rotate, shift, zoom
from tests.robustness.consistency.pictures import landscape, noise


def test_flips_equal_torchvision_and_undo_themselves():
    images = noise(2, 5, 6)
    assert torch.equal(flip_horizontally(images), tv.horizontal_flip(images))
    assert torch.equal(flip_vertically(images), tv.vertical_flip(images))
    assert torch.equal(flip_horizontally(flip_horizontally(images)), images)


@pytest.mark.parametrize("dx, dy", [(0, 0), (2, -1), (0.5, 0.5), (-1.25, 0.0), (0.3, 2.7), (-4, 3)])
def test_shift_equals_scipy(dx, dy):
    images = noise(2, 6, 7)
    # "grid-constant" lets black in with a bilinear edge; scipy's plain "constant" blackens edge pixels altogether.
    expected = ndimage.shift(images.numpy(), (0, 0, dy, dx), order=1, mode="grid-constant", cval=0)
    assert np.allclose(shift(images, dx, dy), expected)


def test_whole_shifts_compose_into_their_sum_in_one_direction():
    images = noise(1, 8, 9)
    assert torch.equal(shift(shift(images, 2, 1), 3, 2), shift(images, 5, 3))


def test_shift_there_and_back_blackens_the_border_alone():
    images = noise(1, 8, 9)
    back = shift(shift(images, 2, -1), -2, 1)
    assert torch.equal(back[..., 1:, :-2], images[..., 1:, :-2])
    assert float(back[..., :1, :].abs().max()) == 0
    assert float(back[..., -2:].abs().max()) == 0


def test_half_shifts_average_neighbours():
    images = noise(1, 4, 6)
    assert torch.allclose(shift(images, 0.5, 0)[..., 1:], (images[..., 1:] + images[..., :-1]) / 2)


def test_shift_follows_the_flip():
    images = noise(1, 6, 6)
    assert torch.allclose(flip_horizontally(shift(images, 1.3, 0)), shift(flip_horizontally(images), -1.3, 0))


def scipy_rotation(image, degrees):
    """Bicubic with scipy's spline, about the centre, enlarged until the turned frame lies inside the image."""
    height, width = image.shape[1:]
    radians = math.radians(degrees)
    cosine, sine = math.cos(radians), math.sin(radians)
    corners = [
        (sx * width / 2 * cosine - sy * height / 2 * sine, sx * width / 2 * sine + sy * height / 2 * cosine)
        for sx in (-1, 1)
        for sy in (-1, 1)
    ]
    share = min(min(width / 2 / abs(x), height / 2 / abs(y)) for x, y in corners)
    matrix = share * np.array([[cosine, sine], [-sine, cosine]])  # of (y, x): counter-clockwise as y points down
    centre = (np.array([height, width]) - 1) / 2
    return np.stack(
        [ndimage.affine_transform(band, matrix, centre - matrix @ centre, order=3, mode="nearest") for band in image]
    )


@pytest.mark.parametrize("degrees", [-30, -7.5, 4, 12, 45])
@pytest.mark.parametrize("size", [(40, 40), (36, 50)])
def test_rotation_equals_scipy_inside(degrees, size):
    images = landscape(*size)
    ours, reference = rotate(images, degrees)[0].numpy(), scipy_rotation(images[0].numpy(), degrees)
    assert np.abs(ours - reference)[:, 3:-3, 3:-3].max() < 5e-3
    assert np.abs(ours - reference).max() < 3e-2


def test_rotation_turns_the_way_of_torchvision():
    images = landscape(64, 64)
    theirs = tv.rotate(images, 10, interpolation=InterpolationMode.BILINEAR)
    enlarged = tv.rotate(images, -10, interpolation=InterpolationMode.BILINEAR)
    middle = (..., slice(30, 34), slice(30, 34))
    ours = rotate(images, 10)[middle]
    assert (ours - theirs[middle]).abs().max() < (ours - enlarged[middle]).abs().max()


def test_rotation_by_a_right_angle_is_exact():
    images = noise(1, 6, 6)
    assert torch.allclose(rotate(images, 90), images.rot90(1, (2, 3)), atol=1e-12)


def test_rotation_shows_no_empty_corner():
    white = torch.ones(1, 3, 20, 30)
    for degrees in (-60, -10, 3, 45):
        assert torch.allclose(rotate(white, degrees), white, atol=1e-5)


@pytest.mark.parametrize("share", [0.5, 0.8, 0.95])
def test_zoom_equals_scipy(share):
    images = noise(1, 10, 12)
    centre = (np.array([10, 12]) - 1) / 2
    expected = [
        ndimage.affine_transform(band, [share, share], centre * (1 - share), order=1, mode="nearest")
        for band in images[0].numpy()
    ]
    assert np.allclose(zoom(images, share)[0], np.stack(expected))


def test_zoom_on_half_equals_torchvision_inside():
    images = noise(1, 16, 16)
    theirs = tv.resized_crop(images, 4, 4, 8, 8, [16, 16], antialias=False)
    assert torch.allclose(zoom(images, 0.5)[..., 1:-1, 1:-1], theirs[..., 1:-1, 1:-1])


def test_zooms_of_a_linear_ramp_compose_into_their_product():
    ramp = torch.linspace(0, 1, 20, dtype=torch.float64).expand(1, 3, 20, 20)
    twice, once = zoom(zoom(ramp, 0.8), 0.9), zoom(ramp, 0.72)
    assert torch.allclose(twice, once)


@pytest.mark.parametrize(
    "change", [lambda x: shift(x, 0, 0), lambda x: rotate(x, 0), lambda x: zoom(x, 1)], ids=["shift", "rotate", "zoom"]
)
def test_identity_parameters_change_nothing(change):
    images = noise(2, 5, 6)
    assert torch.equal(change(images), images)


@pytest.mark.parametrize(
    "change",
    [
        flip_horizontally,
        flip_vertically,
        lambda x: shift(x, 1.3, -0.4),
        lambda x: rotate(x, 11),
        lambda x: zoom(x, 0.9),
    ],
    ids=["flip_horizontally", "flip_vertically", "shift", "rotate", "zoom"],
)
def test_gradients_are_exact(change):
    images = (noise(2, 5, 4) * 0.4 + 0.3).requires_grad_()
    assert torch.autograd.gradcheck(change, (images,))


def test_results_stay_in_the_box():
    images = (noise(4, 9, 9) > 0.5).double()
    for change in (lambda x: shift(x, 0.4, -1.6), lambda x: rotate(x, 17), lambda x: zoom(x, 0.83)):
        result = change(images)
        assert result.shape == images.shape
        assert float(result.min()) >= 0
        assert float(result.max()) <= 1


@pytest.mark.parametrize(
    "change, message",
    [
        (lambda x: shift(x, 6, 0), "expected shift `dx` below the image's 6 pixels, got 6"),
        (lambda x: shift(x, 0, -5), "expected shift `dy` below the image's 5 pixels, got -5"),
        (lambda x: rotate(x, 91), "expected rotation by -90..90 `degrees`, got 91"),
        (lambda x: zoom(x, 0), r"expected zoom `share` in \(0, 1\], got 0"),
        (lambda x: zoom(x, 1.05), r"expected zoom `share` in \(0, 1\], got 1.05"),
        (lambda x: shift(x, float("nan"), 0), "expected shift `dx` below"),
    ],
)
def test_arguments_are_checked(change, message):
    with pytest.raises(ValueError, match=message):
        change(noise(1, 5, 6))
