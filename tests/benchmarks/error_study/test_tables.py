from benchmarks.error_study.bars import BARS
from benchmarks.error_study.protocol import Protocol
from benchmarks.error_study.tables import STUDY, group_of, study_tables
from tests.benchmarks.error_study.conftest import made_comparisons


def test_groups_go_by_clean_accuracy_and_errors() -> None:
    protocol = Protocol()
    assert group_of(protocol, made_comparisons(gain=0, clean_errors=10)) == "counted"
    assert group_of(protocol, made_comparisons(gain=0, clean_errors=16)) == "weak"
    assert group_of(protocol, made_comparisons(gain=0, clean_errors=2)) == "strong"
    assert group_of(Protocol(least_errors=251), made_comparisons(gain=0)) == "too few errors"


def test_weak_and_strong_classifiers_are_shown_and_not_counted() -> None:
    protocol = Protocol(seeds=(1,))
    found = {
        one: made_comparisons(gain=0.04, clean_errors=errors)
        for one, errors in zip(protocol.classifiers[:3], (10, 40, 0), strict=True)
    }
    tables = study_tables(protocol, found)
    study, bars = tables["error_study"], tables["error_study_bars"]
    assert list(study.columns) == STUDY and list(bars.columns) == BARS
    assert list(study.drop_duplicates("classifier")["group"]) == ["counted", "weak", "strong"]
    assert bars["value"].iloc[0] == 1 and bars["reached"].iloc[0] == "no"
    pairs = study[study["against"].ne("") & study["metric"].eq("auroc_gain") & study["population"].eq("mild")]
    assert (pairs["low"] <= pairs["value"]).all() and (pairs["value"] <= pairs["high"]).all()


def test_a_score_that_is_missing_has_its_reason() -> None:
    protocol = Protocol(seeds=(1,))
    study = study_tables(protocol, {protocol.classifiers[0]: made_comparisons(gain=0, reason="too few errors")})
    rows = study["error_study"]
    assert rows.loc[rows["score"] == "detector", "convention"].str.startswith("undefined: too few errors").all()
