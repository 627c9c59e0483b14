import pytest

from benchmarks.conditions import CLEAN, Condition


def test_clean_is_severity_zero() -> None:
    assert Condition(kind="clean", name="clean", severity=0) == CLEAN


def test_conditions_are_keys_and_sort_by_name_then_severity() -> None:
    names = [("fog", 2), ("fog", 1), ("blur", 5)]
    conditions = [Condition(kind="corruption", name=name, severity=severity) for name, severity in names]
    assert [(one.name, one.severity) for one in sorted(set(conditions))] == [("blur", 5), ("fog", 1), ("fog", 2)]
    assert eval(repr(conditions[0])) == conditions[0]


def test_negative_severity_is_refused() -> None:
    with pytest.raises(ValueError, match="at least 0, got -1"):
        Condition(kind="corruption", name="fog", severity=-1)
