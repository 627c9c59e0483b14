import colorsys
from collections import Counter

import numpy as np
from sklearn.datasets import load_digits

from benchmarks.datasets.digits import SIZE, coloured_halves, digits, digits_halves, tied_halves


def test_pixels_follow_the_stated_rule() -> None:
    data, bunch = digits(), load_digits()
    assert (data.name, len(data.entries), data.class_names) == ("digits", 1797, tuple("0123456789"))
    for row in (0, 900, 1796):
        sample = data.entries[row]
        pixels = np.asarray(data.decode(sample).image)
        assert pixels.shape == (SIZE, SIZE, 3)
        assert sample.class_name == str(bunch.target[row])
        assert (pixels == pixels[..., :1]).all()
        corners = pixels[::31, ::31, 0]  # bilinear enlargement keeps the outermost pixels
        np.testing.assert_array_equal(corners, np.rint(bunch.images[row][::7, ::7] * 255 / 16))


def test_halves_are_stratified_disjoint_and_seeded() -> None:
    train, audit = digits_halves(0)
    assert (len(train.entries), len(audit.entries)) == (899, 898)
    ids = [{one.image_id for one in half.entries} for half in (train, audit)]
    assert not ids[0] & ids[1]
    assert ids[0] | ids[1] == {one.image_id for one in digits().entries}
    counts = [Counter(one.class_name for one in half.entries) for half in (train, audit)]
    assert all(abs(counts[0][name] - counts[1][name]) <= 1 for name in train.class_names)
    assert digits_halves(0)[1].fingerprint == audit.fingerprint
    assert digits_halves(1)[1].fingerprint != audit.fingerprint


def test_a_half_reads_the_same_pixels() -> None:
    everything, (_, audit) = digits(), digits_halves(0)
    sample = audit.entries[5]
    original = everything.entries[sample.index]
    assert original == sample
    assert audit.decode(sample).image == everything.decode(original).image


def test_coloured_digits_are_the_same_digits_in_their_hues() -> None:
    for grey, coloured in zip(digits_halves(0), coloured_halves(0), strict=True):
        assert [one.image_id for one in grey.entries] == [one.image_id for one in coloured.entries]
        assert grey.fingerprint != coloured.fingerprint and coloured.name == "coloured-digits"
    hues = []
    for sample in coloured.entries[:40]:
        pixels = np.asarray(coloured.decode(sample).image)
        assert np.array_equal(pixels.max(2), np.asarray(grey.decode(sample).image)[..., 0])
        row, column = np.unravel_index(pixels.max(2).argmax(), pixels.shape[:2])
        hues.append(colorsys.rgb_to_hsv(*(pixels[row, column] / 255))[0])
    assert max(hues) > 0.8 and min(hues) < 0.2 and len({round(hue, 2) for hue in hues}) > 20


def test_hues_of_tied_digits_tell_the_class() -> None:
    for grey, tied in zip(digits_halves(0), tied_halves(0), strict=True):
        assert [one.image_id for one in grey.entries] == [one.image_id for one in tied.entries]
        assert len({grey.fingerprint, coloured_halves(0)[0].fingerprint, tied.fingerprint}) == 3
    for sample in tied.entries[:60]:
        pixels = np.asarray(tied.decode(sample).image)
        strongest = pixels[np.unravel_index(pixels.max(2).argmax(), pixels.shape[:2])] / 255
        middle = (int(sample.class_name) + 0.5) / 10
        away = abs((colorsys.rgb_to_hsv(*strongest)[0] - middle + 0.5) % 1 - 0.5)
        assert away < 0.055  # half a tenth, and rounding
