import numpy as np
import pytest

from reports.heatmaps import draw_map, draw_mask, enlarge

GREY = np.full((128, 128, 3), 128, np.uint8)


@pytest.mark.parametrize(("side", "expected"), [(8, 128), (32, 128), (28, 140), (64, 128), (100, 100), (224, 224)])
def test_small_images_are_enlarged_by_whole_pixels(side, expected):
    image = np.random.default_rng(0).integers(256, size=(side, side, 3), dtype=np.uint8)
    large = enlarge(image)
    assert large.shape == (expected, expected, 3)
    times = expected // side
    assert np.array_equal(large[::times, ::times], image)


def test_red_speaks_for_and_blue_against():
    values = np.zeros((128, 128))
    values[0, :4] = [1, -1, 0.5, 9]
    drawn = draw_map(GREY, values, full=1.0).astype(int)
    plain, half = drawn[5, 5], drawn[0, 2]
    assert plain[0] == plain[1] == plain[2], "nothing stays grey"
    assert drawn[0, 0, 0] > 150 > drawn[0, 0, 2] and drawn[0, 1, 2] > 150 > drawn[0, 1, 0]
    assert np.abs(half - (plain + drawn[0, 0]) / 2).max() <= 1, "half of the value is half of the colour"
    assert np.array_equal(drawn[0, 3], drawn[0, 0]), "beyond the scale all look alike"


def test_the_image_shines_through_and_broken_values_stay_grey():
    image = np.zeros((128, 128, 3), np.uint8)
    image[:, 64:] = 255
    values = np.full((128, 128), np.nan)
    drawn = draw_map(image, values, full=1.0)
    assert drawn[0, 0, 0] < drawn[0, 100, 0]
    assert (drawn.max(axis=2) == drawn.min(axis=2)).all()


def test_a_mask_keeps_its_part_of_the_image():
    mask = np.zeros((128, 128), bool)
    mask[:10] = True
    drawn = draw_mask(GREY, mask)
    assert (drawn[:10] == 128).all() and (drawn[10:] > 200).all()
