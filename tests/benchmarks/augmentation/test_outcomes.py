import numpy as np
import pandas as pd
import pytest

from benchmarks.augmentation.outcomes import Outcomes, gather_outcomes

MODELS = [["a, seed 0", "a, seed 1"], ["b, seed 0", "b, seed 1"]]
CONDITIONS = [("corruption", "fog", 2), ("clean", "clean", 0), ("corruption", "gaussian_noise", 1)]


def made_up() -> pd.DataFrame:
    generator = np.random.default_rng(0)
    rows = [
        {
            "model": model,
            "image_id": f"i{image}",
            "condition_kind": kind,
            "condition_name": name,
            "condition_severity": severity,
            "status": "ok",
            "correct": bool(generator.random() < 0.7),
            "max_probability": generator.random(),
        }
        for model in (name for row in MODELS for name in row)
        for image in range(6)
        for kind, name, severity in CONDITIONS
    ]
    return pd.DataFrame(rows)


def cell(records: pd.DataFrame, outcomes: Outcomes, at: tuple[int, int, int, int]) -> pd.Series:
    r, s, c, n = at
    condition = outcomes.conditions[c]
    found = records[
        (records["model"] == outcomes.models[r][s])
        & (records["condition_name"] == condition.name)
        & (records["image_id"] == outcomes.ids[n])
    ]
    assert len(found) == 1
    return found.iloc[0]


def test_every_record_has_its_place_whatever_their_order() -> None:
    records = made_up()
    outcomes = gather_outcomes(records.sample(frac=1, random_state=1), MODELS)
    assert outcomes.wrong.shape == (2, 2, 3, 6)
    assert [one.name for one in outcomes.conditions] == ["clean", "gaussian_noise", "fog"]
    assert outcomes.clean == 0 and outcomes.places() == [1, 2] and outcomes.places(["fog"]) == [2]
    assert outcomes.corruptions == ("gaussian_noise", "fog")
    for at in np.ndindex(2, 2, 3, 6):
        row = cell(records, outcomes, at)
        assert outcomes.wrong[at] == 1 - row["correct"]
        assert outcomes.confidence[at] == pytest.approx(row["max_probability"])


def test_an_image_that_one_network_could_not_answer_is_left_out_for_all() -> None:
    records = made_up()
    records.loc[(records["image_id"] == "i2") & (records["model"] == "b, seed 1"), "status"] = "nonfinite_logits"
    outcomes = gather_outcomes(records, MODELS)
    assert outcomes.ids == ("i0", "i1", "i3", "i4", "i5")
    assert outcomes.left_out == 1


def test_mistakes() -> None:
    records = made_up()
    with pytest.raises(ValueError, match="none of 'c, seed 0'"):
        gather_outcomes(records, [*MODELS, ["c, seed 0", "c, seed 1"]])
    with pytest.raises(ValueError, match="every network could read"):
        gather_outcomes(records.assign(status="truncated"), MODELS)
