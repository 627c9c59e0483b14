from benchmarks.audit_sections.errors import _SIZES, ERRORS, _conditions
from benchmarks.conditions import CLEAN, Condition
from tests.benchmarks.audit_sections.conftest import MakeJob


def test_severities_of_the_preset_are_taken_and_all_where_the_audit_has_none_of_them(make_job: MakeJob) -> None:
    fog = [Condition(kind="corruption", name="fog", severity=level) for level in (1, 3, 5)]
    standard = _SIZES["standard"]
    assert _conditions(make_job(conditions=(CLEAN, *fog)), standard) == [CLEAN, *fog[:2]]
    assert _conditions(make_job(conditions=(CLEAN, fog[2])), standard) == [CLEAN, fog[2]]
    assert _conditions(make_job(conditions=(CLEAN,)), standard) == [CLEAN]


def test_a_larger_preset_asks_more_and_costs_more(make_job: MakeJob) -> None:
    quick, standard = make_job(), make_job(preset="standard")
    assert ERRORS.asked(quick) != ERRORS.asked(standard)
    assert ERRORS.cost(quick).passes < ERRORS.cost(standard).passes
    assert ERRORS.reason_against(quick) == ""
