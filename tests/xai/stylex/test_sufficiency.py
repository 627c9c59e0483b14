"""Curves of decisions that change, beside a loop over images."""

import pytest
import torch

from tests.xai.stylex.planted_decoders import CAUSES, classifier, decode, styles
from xai.stylex.effects import Ends, Shift
from xai.stylex.sufficiency import random_shifts, sufficiency

X = styles(150)
ENDS = Ends.of(X)
SHIFTS = [Shift(coordinates=(place,), directions=(int(weight > 0),)) for place, weight in CAUSES.items()]


def test_the_planted_causes_turn_everything_both_ways() -> None:
    found = sufficiency(decode, classifier, X, SHIFTS, target=1, ends=ENDS)
    assert found.towards is not None and found.away is not None
    for curve in (found.towards, found.away):
        values = [point.value for point in curve]
        assert values[0] == 0.0 and values[3] == 1.0
        assert values == sorted(values)
        assert all(point.low <= point.value <= point.high for point in curve)
    assert found.towards[0].n + found.away[0].n == 150


def test_every_point_is_a_share_of_images_moved_one_by_one() -> None:
    found = sufficiency(decode, classifier, X, SHIFTS[:2], target=1, ends=ENDS)
    assert found.away is not None
    inside = classifier(decode(X)).argmax(1) == 1
    for k, point in enumerate(found.away):
        turned = 0
        for style in X[inside]:
            moved = style[None].clone()
            for shift in SHIFTS[:k]:
                moved[0, shift.coordinates[0]] = (ENDS.high, ENDS.low)[shift.directions[0]][shift.coordinates[0]]
            turned += int(classifier(decode(moved)).argmax()) != 1
        assert point.value == pytest.approx(turned / int(inside.sum()))


def test_no_attribute_counts_what_the_decoder_changes() -> None:
    decisions = classifier(decode(X)).argmax(1)
    decisions[:30] = 1 - decisions[:30]
    found = sufficiency(decode, classifier, X, [], target=1, ends=ENDS, decisions=decisions)
    assert found.towards is not None and found.away is not None
    wrong = [curve[0].value * curve[0].n for curve in (found.towards, found.away)]
    assert sum(wrong) == pytest.approx(30)


def test_a_class_that_nobody_has_has_no_way_back() -> None:
    decisions = torch.zeros(150, dtype=torch.long)
    assert sufficiency(decode, classifier, X, SHIFTS, target=1, ends=ENDS, decisions=decisions).away is None


def test_random_coordinates_are_different_and_change_little() -> None:
    def draw(count: int) -> list[Shift]:
        return random_shifts([0, 1, 3, 4, 5], count, generator=torch.Generator().manual_seed(0))

    drawn = draw(9)
    assert sorted(shift.coordinates[0] for shift in drawn) == [0, 1, 3, 4, 5]
    assert drawn[:2] == draw(9)[:2]
    found = sufficiency(decode, classifier, X, drawn, target=1, ends=ENDS)
    assert found.towards is not None and found.towards[-1].value == 0
