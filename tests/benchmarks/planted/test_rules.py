import numpy as np
import pytest

from benchmarks.planted.attributes import ATTRIBUTES, draw_attributes, transplant
from benchmarks.planted.rules import RULES, find_rule

TABLE = draw_attributes(4000, seed=0)
DONORS = draw_attributes(4000, seed=1)


def test_names() -> None:
    assert all(name == rule.label.__name__ for name, rule in RULES.items())
    assert find_rule("shape") is RULES["shape"]
    with pytest.raises(ValueError, match="expected a rule among shape, .* got 'colour'"):
        find_rule("colour")


@pytest.mark.parametrize("name", RULES)
def test_classes_are_balanced(name: str) -> None:
    rule = RULES[name]
    counts = np.bincount(rule.label(TABLE), minlength=len(rule.class_names)) / len(TABLE)
    share = 1 / len(rule.class_names)
    assert counts == pytest.approx(share, abs=4 * np.sqrt(share * (1 - share) / len(TABLE)))


@pytest.mark.parametrize("name", RULES)
def test_the_causes_and_nothing_else_make_the_class(name: str) -> None:
    rule = RULES[name]
    labels = rule.label(TABLE)
    assert labels.dtype == np.int64
    innocent = [one for one in ATTRIBUTES if one not in rule.causes]
    np.testing.assert_array_equal(rule.label(transplant(TABLE, DONORS, innocent)), labels)
    for cause in rule.causes:
        assert (rule.label(transplant(TABLE, DONORS, cause)) != labels).mean() > 0.2, cause
    np.testing.assert_array_equal(rule.label(transplant(TABLE, DONORS, rule.causes)), rule.label(DONORS))


def test_neither_cause_of_the_exclusive_rule_tells_anything_alone() -> None:
    labels = RULES["marker_xor_size"].label(TABLE)
    for alone in (TABLE["marker"] == 1, TABLE["size"] > 0):
        assert (labels == alone).mean() == pytest.approx(0.5, abs=4 * 0.5 / np.sqrt(len(TABLE)))


@pytest.mark.parametrize("name", ["marker_and_size", "stripes_and_background"])
def test_two_causes_are_weighed_as_announced(name: str) -> None:
    rule = RULES[name]
    binary, level = rule.causes
    table = TABLE.head(4).assign(**{binary: [0, 0, 1, 1], level: [0.6, 0.7, -0.6, -0.7]})
    assert rule.label(table).tolist() == [0, 1, 1, 0]
