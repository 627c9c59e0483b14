"""Claims judged where the truth is known."""

from dataclasses import replace

import pandas as pd
import pytest

from benchmarks.augmentation.claims import CLAIMS, claims_table, verdict
from benchmarks.augmentation.comparison import BASELINE, REFERENCE
from benchmarks.augmentation.metrics import Key
from benchmarks.summary.figures import Figure
from tests.benchmarks.augmentation.conftest import made_up

ERROR = Key("mean_corruption_error", "all")
FLIPS = Key("statistics_flip_rate", "pixels")


def by_claim(shift: float, key: Key = ERROR) -> pd.Series:
    table = claims_table(made_up({BASELINE: 0.0, "padain": shift}, key=key))
    assert len(table) == 1
    return table.iloc[0]


@pytest.mark.parametrize(("shift", "expected"), [(-0.05, "holds"), (0.05, "fails"), (0.0, "open")])
def test_verdicts_follow_the_interval(shift: float, expected: str) -> None:
    row = by_claim(shift)
    assert row["verdict"] == expected
    assert row["value"] == pytest.approx(shift, abs=0.01)
    assert (row["clearly"] == row["seeds"]) == (expected == "holds")


def test_a_claim_about_every_seed_is_open_if_one_disagrees() -> None:
    compared = made_up({BASELINE: 0.0, "padain": -0.05}, key=FLIPS)
    assert claims_table(compared)["verdict"].tolist() == ["holds"]
    one = compared.figures[FLIPS][1]
    values, samples = one.values.copy(), one.samples.copy()
    values[0] += 0.05
    samples[0] += 0.05
    changed = replace(compared, figures={FLIPS: [compared.figures[FLIPS][0], replace(one, values=values,
                                                                                      samples=samples)]})  # fmt: skip
    table = claims_table(changed)
    assert table["clearly"].tolist() == [4] and table["verdict"].tolist() == ["open"]


def test_gains_on_some_corruptions_above_those_on_others() -> None:
    named = made_up({BASELINE: 0.0, "padain": -0.08}, key=Key("mean_error", "contrast, brightness, fog"))
    others = made_up({BASELINE: 0.0, "padain": -0.02}, key=Key("mean_error", "all others"))
    table = claims_table(replace(named, figures={**named.figures, **others.figures}))
    row = table[table["claim"].str.contains("contrast")].iloc[0]
    assert row["value"] == pytest.approx(-0.06, abs=0.02) and row["verdict"] == "holds"


def test_the_gap() -> None:
    shifts = {BASELINE: 0.0, "padain": -0.09, REFERENCE: -0.1}
    row = claims_table(made_up(shifts, key=Key("error", "clean"))).iloc[-1]
    assert row["metric"] == "gap_closed" and row["bound"] == 0.5 and row["verdict"] == "holds"
    shifts["padain"] = -0.01
    assert claims_table(made_up(shifts, key=Key("error", "clean"))).iloc[-1]["verdict"] == "fails"


def test_without_padain_nothing_is_claimed() -> None:
    table = claims_table(made_up({BASELINE: 0.0, "cutout": -0.1}, key=ERROR))
    assert table.empty and list(table.columns) == CLAIMS


def test_both_sides_of_a_bound() -> None:
    figure = Figure(0.6, 0.55, 0.7, 10, "")
    assert verdict(figure, 0.5, below=False) == "holds"
    assert verdict(figure, 0.5, below=True) == "fails"
    assert verdict(figure, 0.6, below=True) == "open"
