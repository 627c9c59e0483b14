from dataclasses import replace
from pathlib import Path

import pytest

from benchmarks.concepts.planted_trials import COIN, FACTS, OUTCOMES, Trial, find_trial, is_finished
from benchmarks.planted import Design

SMALL = Trial(rule="marker", steps=2, training=60, pool=400, judged=60)


def test_a_trial_judges_every_factor_by_the_oracle_and_is_kept(tmp_path: Path) -> None:
    done: list[int] = []
    found = find_trial(SMALL, tmp_path, on_work=done.append)
    outcomes, facts = found.outcomes, found.facts
    assert list(outcomes.columns) == OUTCOMES and list(facts.columns) == FACTS and done == [1]
    assert set(outcomes["map"]) == {"rotation", "flow"} and len(outcomes) == 2 * 9 * 60
    coin = outcomes[outcomes["factor"] == COIN]
    assert (coin["oracle"] == coin["before"]).all()
    marker = outcomes[outcomes["factor"].eq("marker") & outcomes["map"].eq("rotation")]
    assert (marker["oracle"] == marker["donor"]).mean() > 0.9  # the marker alone decides
    assert (marker["after"] == marker["oracle"]).mean() > 0.9
    assert facts["metric"].eq("coin_dimensions").sum() == 20
    own = facts[facts["metric"].eq("leakage") & facts["factor"].eq("marker") & facts["other"].eq("marker")]
    assert own["value"].min() > 0.7
    again = find_trial(SMALL, tmp_path, on_work=done.append)
    assert done == [1] and again.outcomes.equals(outcomes) and not is_finished(replace(SMALL, seed=1), tmp_path)


def test_pools_that_are_tied_are_refused_or_reweighted(tmp_path: Path) -> None:
    tied = replace(SMALL, rule="shape", tied=1.0, steps=0, training=5)
    refused = find_trial(tied, tmp_path)
    assert refused.outcomes.empty
    (said,) = refused.facts[refused.facts["metric"] == "refused"]["convention"]
    assert "expected factors with directions of their own" in said or "expected at most" in said
    mostly = find_trial(replace(tied, tied=0.8, reweighted=True), tmp_path)
    (effective,) = mostly.facts[mostly.facts["metric"] == "effective_n"]["value"]
    assert 100 < effective < 390
    association = mostly.facts[mostly.facts["metric"] == "association"]
    assert set(association["factor"]) == {"shape"} and set(association["other"]) == {"marker"}


def test_a_trial_is_told_by_all_that_decides_it() -> None:
    trials = [SMALL, replace(SMALL, seed=1), replace(SMALL, tied=0.9), replace(SMALL, layer="stage4")]
    assert len({trial.place(Path(), "facts")[1] for trial in trials}) == 4
    assert replace(SMALL, correlation=None).plain and not replace(SMALL, tied=0.9).plain
    assert Trial(rule="size", correlation=1.0).design == Design(rule="size", correlation=1.0)
    with pytest.raises(ValueError, match="expected a rule among"):
        _ = Trial(rule="none").design
