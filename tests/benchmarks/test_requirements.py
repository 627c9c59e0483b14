import pandas as pd
import pytest

from benchmarks.requirements import judge, parse_requirement

HEADLINE = pd.DataFrame(
    [
        {"model": "a", "metric": "accuracy", "value": 0.9, "low": 0.85, "high": 0.94, "n": 100},
        {"model": "b", "metric": "accuracy", "value": 0.8, "low": 0.75, "high": 0.86, "n": 100},
        {"model": "a", "metric": "auroc", "value": float("nan"), "low": float("nan"), "high": float("nan"), "n": 100},
    ]
)


@pytest.mark.parametrize(
    ("text", "verdicts"),
    [
        ("accuracy>=0.9", [True, False]),
        ("accuracy > 0.9", [False, False]),
        ("accuracy<=0.8", [False, True]),
        ("accuracy<9e-1", [False, True]),
        ("accuracy.low>=0.75", [True, True]),
        ("accuracy.high<.9", [False, True]),
        ("auroc>=0", [False]),
        ("auroc<=1", [False]),
    ],
)
def test_bounds_hold_or_fail(text: str, verdicts: list[bool]) -> None:
    assert [verdict.holds for verdict in judge(parse_requirement(text), HEADLINE)] == verdicts


@pytest.mark.parametrize("text", ["accuracy", "accuracy=0.9", ">=0.9", "accuracy>=high", "accuracy>=1.2.3", "a.mid>=1"])
def test_other_forms_are_refused(text: str) -> None:
    with pytest.raises(ValueError, match="expected a requirement such as 'accuracy>=0.9'"):
        parse_requirement(text)


def test_unknown_metrics_list_the_known_ones() -> None:
    with pytest.raises(ValueError, match="expected a metric among accuracy, auroc, got 'acuracy'"):
        judge(parse_requirement("acuracy>=0.9"), HEADLINE)
