import pandas as pd

from benchmarks.conditions import CLEAN, Condition
from benchmarks.error_detection.populations import populations


def test_every_row_is_clean_or_corrupted_and_mild_ones_are_both() -> None:
    levels = [0, 1, 1, 2, 3, 5]
    conditions = [CLEAN, *(Condition(kind="corruption", name="fog", severity=level) for level in (1, 2, 3, 5))]
    groups = populations(pd.DataFrame({"condition_severity": levels}), conditions)
    assert list(groups) == ["clean", "mild", "severity 1", "severity 2", "severity 3", "severity 5", "corrupted"]
    assert (groups["clean"] ^ groups["corrupted"]).all()
    assert groups["mild"].tolist() == [True] * 4 + [False] * 2


def test_groups_without_rows_are_left_out() -> None:
    assert list(populations(pd.DataFrame({"condition_severity": [0, 0]}), [CLEAN])) == ["clean", "mild"]
    assert populations(pd.DataFrame({"condition_severity": []}), []) == {}
