import math

import pandas as pd
import pytest

from benchmarks.concepts.planted_bars import BARS, bar_table, over_seeds, planted_trials
from benchmarks.concepts.planted_trials import FACTS, OUTCOMES, Findings, Trial

EIGHT = pd.DataFrame({"before": [0, 0, 0, 0, 1, 1, 1, 1], "donor": [1, 1, 0, 0, 0, 0, 1, 1]})


def outcomes(factor: str, oracle: list[int], after: list[int]) -> pd.DataFrame:
    return EIGHT.assign(map="rotation", factor=factor, oracle=oracle, after=after)[OUTCOMES]


def fact(factor: str, metric: str, other: str, value: float) -> dict[str, object]:
    return {"map": "rotation", "factor": factor, "metric": metric, "other": other, "value": value} | {
        "low": math.nan, "high": math.nan, "n": 8, "convention": ""
    }  # fmt: skip


def findings(trial: Trial, after: list[int], *facts: dict[str, object]) -> Findings:
    swaps = [
        outcomes("marker", [1, 1, 0, 0, 0, 0, 1, 1], after),
        outcomes("hue", [0, 0, 0, 0, 1, 1, 1, 0], [0, 0, 0, 1, 1, 1, 0, 0]),
    ]
    return Findings(trial=trial, outcomes=pd.concat(swaps), facts=pd.DataFrame(list(facts), columns=FACTS))


def value(table: pd.DataFrame, question: str, factor: str) -> float:
    (row,) = table[table["question"].eq(question) & table["factor"].eq(factor)].to_dict("records")
    return float(row["value"])


def test_rates_are_counted_against_the_oracle() -> None:
    leaks = [fact("marker", "leakage", "marker", 0.9), fact("hue", "leakage", "marker", 0.08)]
    leaks += [fact("residual", "leakage", "hue (cos)", 0.3), fact("hue", "leakage", "hue (cos)", 0.7)]
    coins = [fact("coin", "coin_dimensions", str(draw), float(draw == 0)) for draw in range(20)]
    perfect = findings(Trial(rule="marker"), [1, 1, 0, 0, 0, 0, 1, 1], *leaks, *coins)
    poor = findings(Trial(rule="marker", seed=1), [1, 0, 1, 0, 0, 0, 1, 1], *leaks, *coins)
    table = bar_table([perfect, poor])
    assert list(table.columns) == BARS
    assert value(table, "recall", "marker") == (1 + 3 / 4) / 2 == value(table, "donor's decision", "marker")
    assert value(table, "false changes", "marker") == (0 + 1 / 4) / 2
    assert value(table, "agreement", "marker") == (1 + 6 / 8) / 2
    assert value(table, "irrelevant changes", "others") == pytest.approx(3 / 8 - 1 / 8)
    assert value(table, "leakage", "named") == 0.08 and value(table, "leakage", "residual") == 0.3
    assert value(table, "not represented", "coin") == 38 / 40
    row = table[table["question"] == "recall"].iloc[0]
    assert row["worst"] == 3 / 4 and row["needed"] == ">= 0.95" and row["reached"] == "no" and row["n"] == 2


def test_shortcuts_count_only_where_the_oracle_says_so() -> None:
    shortcut = Trial(rule="size", correlation=1.0)
    many = [findings(shortcut, [1, 1, 0, 0, 0, 0, 1, 1])] * 3
    table = bar_table([*many, findings(shortcut, EIGHT["before"].tolist())])
    used = table[table["classifier"] == "shortcut that is used"].set_index("question")
    assert used.loc["named as a cause", "value"] == 3 / 4 and used.loc["named as a cause", "reached"] == "no"
    assert not (table["classifier"] == "shortcut that is not used").any()


def test_biased_pools_count_what_is_refused() -> None:
    tied = Trial(rule="marker", tied=0.95)
    refused = Findings(
        trial=tied,
        outcomes=pd.DataFrame(columns=OUTCOMES),
        facts=pd.DataFrame([fact("residual", "refused", "", 1.0), fact("shape", "association", "marker", 0.9)]),
    )
    weighed = findings(
        Trial(rule="marker", tied=0.95, reweighted=True),
        [1, 1, 0, 0, 0, 0, 1, 1],
        fact("residual", "effective_n", "", 400.0),
        fact("shape", "association", "marker", 0.9),
    )
    table = bar_table([refused, weighed])
    assert value(table[table["classifier"] == "biased pool"], "refused", "") == 1
    reweighted = table[table["classifier"] == "biased pool, reweighted"]
    assert value(reweighted, "irrelevant changes", "others") == 3 / 8 and value(reweighted, "effective n", "") == 400


def test_seeds_are_what_intervals_are_over() -> None:
    figure = over_seeds([0.8, 0.9, 1.0, math.nan], "share")
    assert figure.value == pytest.approx(0.9) and figure.n == 3
    assert figure.low == pytest.approx(0.9 - 4.303 * 0.1 / math.sqrt(3), abs=1e-3) and figure.high == 1
    assert over_seeds([-1.0, 3.0], "x").low < -1 and math.isnan(over_seeds([], "x").value)
    assert over_seeds([0.5], "share")[1:3] == (0, 1)
    trials = planted_trials(["marker_and_size", "shape"], [0, 1], [0], steps=5)
    assert len(set(trials)) == 10 and sum(trial.plain for trial in trials) == 4
    assert [trial.rule for trial in planted_trials(["marker_xor_size"], [0], [], steps=5)] == ["marker_xor_size"]
    with pytest.raises(ValueError, match="expected a rule among"):
        planted_trials(["colour"], [0], [], steps=5)
