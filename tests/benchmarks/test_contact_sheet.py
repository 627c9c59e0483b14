import numpy as np
import pytest
from PIL import Image

from benchmarks.contact_sheet import draw_contact_sheet


def test_any_photo_under_every_corruption(tmp_path):
    photo = tmp_path / "grey.png"
    Image.fromarray(np.full((40, 50, 3), 90, np.uint8)).save(photo)
    sheet = draw_contact_sheet(photo, size=32, profile=None, seed=0)
    again = draw_contact_sheet(photo, size=32, profile=None, seed=0)
    other = draw_contact_sheet(photo, size=32, profile=None, seed=1)
    assert sheet.height > 1.5 * sheet.width
    assert np.array_equal(sheet, again)
    assert not np.array_equal(sheet, other)


def test_the_default_is_a_photo_of_scikit_learn():
    sheet = np.asarray(draw_contact_sheet(None, size=48, profile="tiny", seed=0))
    assert sheet.std() > 30


def test_a_file_that_is_no_image_is_named(tmp_path):
    (tmp_path / "note.jpg").write_text("no image")
    with pytest.raises(ValueError, match="expected a readable image, got .*note.jpg"):
        draw_contact_sheet(tmp_path / "note.jpg", size=32, profile=None, seed=0)
