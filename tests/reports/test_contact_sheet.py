import numpy as np
import pytest

from reports.contact_sheet import contact_sheet


def flat(level):
    return np.full((20, 30, 3), level, np.uint8)


def test_pictures_stand_in_their_row_and_column():
    rows = {"first": [flat(10), flat(60)], "second": [flat(110), flat(160)]}
    sheet = np.asarray(contact_sheet(rows, ["left", "right"], title="a $photo$_"))
    places = {level: np.argwhere((sheet == level).all(2)).mean(0) for level in (10, 60, 110, 160)}
    assert places[10][0] == pytest.approx(places[60][0], abs=2)
    assert places[10][1] == pytest.approx(places[110][1], abs=2)
    assert places[10][0] < places[110][0] and places[10][1] < places[60][1]
    # Nothing covers a picture, and all are of one size.
    areas = [(sheet == level).all(2).sum() for level in places]
    assert max(areas) / min(areas) < 1.05


def test_a_row_of_another_length_is_refused():
    with pytest.raises(ValueError, match="expected 2 pictures for row 'fog', one a column, got 1"):
        contact_sheet({"fog": [flat(0)]}, ["1", "2"], title="")
