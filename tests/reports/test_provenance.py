from reports.provenance import provenance_groups
from tests.reports.samples import EVIL, sample_run


def test_everything_but_the_class_names_is_said():
    groups = dict(provenance_groups(sample_run()))
    assert list(groups) == ["Run", "Model digits_cnn", "Data", "Plan", "Versions"]
    assert ("a later key › nested", "[1, 2]") in groups["Run"]
    assert dict(groups["Model digits_cnn"])["parameters"] == "175,258"
    assert dict(groups["Plan"])["conditions"].startswith("clean; gaussian noise 1, 3; brightness 1, 3")
    assert dict(groups["Plan"])["seed"] == "0"
    assert dict(groups["Versions"])["torch"] == "2.6.0"


def test_unexpected_shapes_are_shown_not_refused():
    run = {
        "models": ["x"],
        "data": None,
        "plan": {"conditions": "all"},
        "versions": [1],
        "z": None,
        "ok": True,
        EVIL: {EVIL: EVIL},
    }
    groups = dict(provenance_groups(run))
    assert groups["Model x"] == [("value", "x")]
    assert groups["Plan"] == [("conditions", '"all"')]
    assert ("z", "–") in groups["Run"]
    assert ("ok", "yes") in groups["Run"]
    assert (f"{EVIL} › {EVIL}", EVIL) in groups["Run"]


def test_nothing_is_no_group():
    assert provenance_groups({}) == []


def test_long_metadata_is_cut_and_said():
    groups = dict(provenance_groups({"versions": {f"p{i}": "x" * 9999 for i in range(100)}}))
    assert groups["Versions"][-1] == ("and", "60 more in run.json")
    assert all(len(value) <= 400 for _, value in groups["Versions"])
