"""Questions are fair: right answers are right, letters and attributes are balanced, no image gives itself away."""

from collections import Counter

import numpy as np
import pytest

from benchmarks.stylex.user_study_drawing import DrawnStudy, draw_study
from tests.benchmarks.stylex.studied import IMAGES, courses


def said(drawn: DrawnStudy, picture: int) -> tuple[int, int]:
    """Attribute and image of a picture, which its first frame tells."""
    grey = int(drawn.form.pictures[picture][0][0, 0, 0])
    return grey // 10, grey % 10


@pytest.mark.parametrize("seed", range(3))
def test_the_key_is_right(seed: int) -> None:
    drawn = draw_study(courses(), choices=12, seed=seed)
    key = drawn.key.set_index("question")
    for choice in drawn.form.choices:
        row = key.loc[choice.name]
        right, wrong = choice.options if row["right"] == "A" else choice.options[::-1]
        assert said(drawn, right) == (row["attribute"], row["right_image"])
        assert said(drawn, wrong) == (row["other"], row["wrong_image"])
        assert said(drawn, choice.sample) == (row["attribute"], row["sample_image"])
        assert row["attribute"] != row["other"]
        assert len({row["sample_image"], row["right_image"], row["wrong_image"]}) == 3
    for description in drawn.form.descriptions:
        attribute = key.loc[description.name]["attribute"]
        shown = {said(drawn, picture) for picture in description.pictures}
        assert shown == {(attribute, image) for image in IMAGES[attribute]}


def test_letters_and_attributes_take_turns() -> None:
    key = draw_study(courses(), choices=12, seed=0).key
    choices = key[key["test"] == "classification"]
    assert Counter(choices["right"]) == {"A": 6, "B": 6}
    assert Counter(choices["attribute"]) == {1: 4, 2: 4, 3: 4}
    assert set(Counter(choices["other"]).values()) == {4}
    assert sorted(key[key["test"] == "description"]["attribute"]) == [1, 2, 3]


def test_a_study_follows_from_seed_and_pictures() -> None:
    one, again, other = (draw_study(courses(), choices=12, seed=seed) for seed in (1, 1, 2))
    assert one.key.equals(again.key) and one.form.choices == again.form.choices
    assert one.form.name != other.form.name and not one.key.equals(other.key)
    changed = courses()
    changed[0].frames[0][0, 0] += np.uint8(1)
    assert draw_study(changed, choices=12, seed=1).form.name != one.form.name


def test_pictures_are_not_in_the_order_of_attributes() -> None:
    drawn = draw_study(courses(), choices=2, seed=0)
    order = [said(drawn, picture)[0] for picture in range(len(courses()))]
    assert order != sorted(order)


def test_an_image_alone_is_never_asked_for() -> None:
    few = [one for one in courses() if one.attribute != 1 or one.image == 3]
    key = draw_study(few, choices=8, seed=0).key
    choices = key[key["test"] == "classification"]
    assert set(choices["attribute"]) == {2, 3} and 1 in set(choices["other"])
    with pytest.raises(ValueError, match="expected two or more attributes, one of them with two images"):
        draw_study([one for one in courses() if one.attribute == 1], choices=3, seed=0)
    with pytest.raises(ValueError, match="got 3 attributes with 1, 1, 1 images"):
        draw_study([courses()[0], courses()[3], courses()[6]], choices=3, seed=0)
