import pytest

from reports.glossary import METRICS, STATUSES, condition_label, metric_label, unit_label


def test_every_term_has_a_label_of_its_own():
    assert len({term.label for term in METRICS.values()}) == len(METRICS)
    assert all(term.meaning.endswith(".") for term in METRICS.values())


def test_unknown_names_stay_as_they_are():
    assert metric_label("<b>") == "<b>"
    assert unit_label("furlongs") == "furlongs"


@pytest.mark.parametrize("name", ["<img src=x>", "Fog", "a__b", "汉字", ""])
def test_only_identifiers_become_words(name):
    assert condition_label(name) == name


def test_statuses_cover_the_ways_a_record_can_fail():
    assert set(STATUSES) == {"ok", "empty", "truncated", "unreadable", "too_large", "nonfinite_logits"}
