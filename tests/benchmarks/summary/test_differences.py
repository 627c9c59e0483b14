"""Differences are paired, ranks are counted, and both know what they do not know."""

import itertools

import numpy as np
import pandas as pd
import pytest

from benchmarks.summary import summarise
from benchmarks.summary.differences import difference_rows, fractional_ranks, rank_rows
from benchmarks.summary.shared import Measure


def measure(values: list[float], samples: np.ndarray, metric: str = "error") -> Measure:
    return Measure(
        metric=metric, condition_name="", values=np.array(values), samples=samples, n=90, unit="fraction", counted="x"
    )


def test_a_difference_is_surer_than_its_parts(make_records, few):
    """Two models that share most of their errors: each interval is wide, that of the difference is not."""
    first = make_records(few, n=200)
    second = first.assign(model="twin")
    spoilt = second["image_id"].isin([f"image-{i:04d}" for i in range(12)]) & (second["condition_name"] == "clean")
    second.loc[spoilt, "correct"] = False
    second.loc[spoilt, "rank"] = 2
    tables = summarise(pd.concat([first, second]), seed=0, profile="cifar")
    row = tables["differences"].set_index("metric").loc["error"]
    accuracy = tables["headline"].set_index(["metric", "model"]).loc["accuracy"]
    assert (row["model"], row["other"]) == ("twin", "net")
    assert row["value"] == pytest.approx(accuracy.loc["net", "value"] - accuracy.loc["twin", "value"])
    assert 0 < row["value"] < accuracy.loc["net", "high"] - accuracy.loc["net", "low"]
    assert row["low"] * row["high"] > 0, "it excludes zero"


def test_equal_models_differ_by_nothing_and_share_their_ranks(make_records, few):
    alone = make_records(few)
    tables = summarise(pd.concat([alone, alone.assign(model="twin")]), seed=0, profile="cifar")
    assert (tables["differences"][["value", "low", "high"]] == 0).all(axis=None)
    ranks = tables["ranks"]
    assert (ranks.loc[ranks["rank"] == 0, ["value", "low", "high"]] == 1.5).all(axis=None)
    assert ranks.loc[ranks["rank"] > 0, "value"].to_numpy() == pytest.approx(0.5)


def test_every_figure_is_complete(make_records, few):
    tables = summarise(make_records(few, models=["a", "b", "c"]), seed=0, profile="cifar")
    for name in ("differences", "ranks"):
        table = tables[name]
        assert ((table["low"] <= table["value"]) & (table["value"] <= table["high"])).all()
        assert (table["n"] == 60).all() and table["convention"].str.len().gt(20).all()
    pairs = tables["differences"][["model", "other"]].drop_duplicates()
    assert len(pairs) == 3
    means = tables["differences"][tables["differences"]["metric"] == "mean_corruption_error"]
    assert (means["value"] >= 0).all(), "the one of more errors comes first"


def test_of_many_models_each_is_held_against_the_best() -> None:
    values = [0.5, 0.1, 0.4, 0.3, 0.2, 0.6, 0.7]
    samples = np.array(values)[:, None].repeat(9, axis=1)
    rows = list(difference_rows(list("abcdefg"), [measure(values, samples)]))
    assert [(row["model"], row["other"]) for row in rows] == [(one, "b") for one in "gfacde"]
    assert [row["value"] for row in rows] == pytest.approx([0.6, 0.5, 0.4, 0.3, 0.2, 0.1])
    assert not list(difference_rows([], []))


def test_shares_of_ranks_are_those_of_counting() -> None:
    samples = np.random.default_rng(0).integers(0, 4, (4, 200)) / 10
    rows = pd.DataFrame(rank_rows(list("abcd"), [measure([0.1, 0.2, 0.2, 0.3], samples)]))
    grid = rows[rows["rank"] > 0].pivot(index="model", columns="rank", values="value")
    expected = np.zeros((4, 4))
    for column in samples.T:
        orders = [
            order
            for order in itertools.permutations(range(4))
            if all(column[a] <= column[b] for a, b in itertools.pairwise(order))
        ]
        for order in orders:  # equal models share their ranks
            for rank, model in enumerate(order):
                expected[model, rank] += 1 / len(orders) / samples.shape[1]
    assert grid.to_numpy() == pytest.approx(expected)
    assert grid.sum(axis=0).to_numpy() == pytest.approx(1) and grid.sum(axis=1).to_numpy() == pytest.approx(1)
    assert rows.loc[rows["rank"] == 0, "value"].tolist() == [1, 2.5, 2.5, 4]


def test_undefined_resamples_are_left_out() -> None:
    samples = np.array([[0.1, np.nan, 0.1], [0.2, 0.1, 0.2]])
    rows = pd.DataFrame(rank_rows(["a", "b"], [measure([0.1, 0.2], samples)]))
    assert rows.loc[(rows["model"] == "a") & (rows["rank"] == 1), "value"].tolist() == [1]
    assert np.isnan(fractional_ranks(samples)[0, 1])


def test_one_model_is_compared_with_nobody(make_records, few):
    assert not {"differences", "ranks"} & set(summarise(make_records(few), seed=0, profile="cifar"))
