import numpy as np
import pandas as pd
import pytest

from benchmarks.error_study.bars import BARS, Bar, bar_rows
from tests.benchmarks.error_study.conftest import made_comparisons


def bars(gains: list[float]) -> pd.DataFrame:
    counted = [made_comparisons(gain=gain, seed=seed) for seed, gain in enumerate(gains)]
    table = pd.DataFrame(list(bar_rows(counted)), columns=BARS)
    return table[table["population"] == "mild"].set_index("question")


def test_a_clear_gain_reaches_every_bar() -> None:
    table = bars([0.04] * 10)
    assert set(table["reached"]) == {"yes", ""}
    assert table.loc["AUROC above max_softmax: mean", "value"] == pytest.approx(0.04)
    assert table.loc["AUROC above max_softmax: intervals above 0", "needed"] == ">= 8"


def test_intervals_decide_and_not_values() -> None:
    table = bars([0.04] * 7 + [0.005] * 3)
    row = table.loc["AUROC above max_softmax: intervals above 0"]
    assert (row["value"], row["n"], row["reached"]) == (7, 10, "no")
    assert table.loc["AUROC above tta_confidence: intervals above 0", "reached"] == "yes"


def test_classifiers_without_a_detector_do_not_count_as_gains() -> None:
    counted = [made_comparisons(gain=0.04), made_comparisons(gain=0.04, reason="too few errors to learn from")]
    table = pd.DataFrame(list(bar_rows(counted)), columns=BARS).set_index(["population", "question"])
    row = table.loc["mild", "AUROC above max_softmax: intervals above 0"]
    assert (row["value"], row["n"]) == (1, 1)


def test_without_any_classifier_nothing_is_reached() -> None:
    table = pd.DataFrame(list(bar_rows([])), columns=BARS)
    assert "yes" not in set(table["reached"])


def test_controls_show_the_farthest_value() -> None:
    far = made_comparisons(gain=0.04)
    control = far["score"].eq("detector_without_copies") & far["metric"].eq("auroc_gain")
    far.loc[control, "samples"] = pd.Series([[-0.02, -0.02]] * int(control.sum()), index=far.index[control])
    counted = [made_comparisons(gain=0.04), far]
    table = pd.DataFrame(list(bar_rows(counted)), columns=BARS).set_index("question")
    row = table.loc["detector_without_copies above max_softmax: farthest from 0"]
    assert (row["value"], row["reached"]) == (-0.02, "no")


@pytest.mark.parametrize(("value", "reached"), [(0.5, "yes"), (0.489, "no"), (np.nan, "no")])
def test_a_bar_has_two_ends(value: float, reached: str) -> None:
    assert Bar(least=0.49, most=0.51).reached(value) == reached
