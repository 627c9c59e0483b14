import numpy as np
import pandas as pd
import pytest

from benchmarks.global_statistics import ALL, OTHER, RELIANCE, SAME, reliance_table, statistics_reliance, swap_outcomes
from benchmarks.metrics import wilson
from tests.benchmarks.global_statistics.conftest import Arrangement, Convolutions, MeanColour, pictures


def row(table: pd.DataFrame, depth: str, metric: str, pairs: str) -> pd.Series:
    (found,) = table.index[(table["depth"] == depth) & (table["metric"] == metric) & (table["pairs"] == pairs)]
    return table.loc[found]


def test_figures_are_means_over_images_with_intervals(network: Convolutions) -> None:
    images, labels = pictures(50)
    outcomes = swap_outcomes(network, images, labels, seed=3)
    table = reliance_table(outcomes, seed=3)
    pd.testing.assert_frame_equal(table, statistics_reliance(network, images, labels, seed=3))
    assert list(table.columns) == RELIANCE
    assert set(table["depth"]) == {"pixels", "stem", "first", "second", ALL}
    assert ((table["low"] <= table["value"]) & (table["value"] <= table["high"])).all()
    assert 0.02 < row(table, "pixels", "flip_rate", OTHER)["value"] < 0.98, "there is something to average"
    for place, depth in enumerate(outcomes.depths):
        drop = outcomes.right.mean() - outcomes.correct(OTHER)[place].mean()
        assert row(table, depth.name, "accuracy_drop", OTHER)["value"] == pytest.approx(drop)
        gap = (outcomes.flipped(OTHER) - outcomes.flipped(SAME))[place].mean()
        assert row(table, depth.name, "flip_rate", "difference")["value"] == pytest.approx(gap)
        taken = row(table, depth.name, "takeover_rate", OTHER)
        assert taken["value"] == pytest.approx(np.nanmean(outcomes.taken_over()[place]))
        assert taken["n"] == (~np.isnan(outcomes.taken_over()[place])).sum()
    inside = row(table, ALL, "flip_rate", SAME)
    assert inside["value"] == pytest.approx(outcomes.flipped(SAME)[1:].mean())
    assert "3 partners for each image and 3 depths; bootstrap over images, 1000 resamples" in inside["convention"]


def test_pairing_makes_the_difference_sharper_than_its_parts() -> None:
    images, labels = pictures(80)
    table = statistics_reliance(MeanColour(), images, labels, draws=1)
    gap = row(table, "pixels", "flip_rate", "difference")
    assert gap["value"] == gap["low"] == gap["high"] == 1


def test_what_was_never_seen_may_still_be_there() -> None:
    images, labels = pictures(30)
    table = statistics_reliance(Arrangement(), images, labels, draws=1)
    flips, drop = (row(table, "pixels", metric, OTHER) for metric in ("flip_rate", "accuracy_drop"))
    seldom = float(wilson(0, 30)[1])
    assert (flips["low"], flips["value"], flips["high"]) == (0, 0, pytest.approx(seldom))
    assert (drop["low"], drop["high"]) == (pytest.approx(-seldom), pytest.approx(seldom))
    assert flips["convention"].endswith("no change seen, Wilson 95 % for images with one")


def test_a_network_without_maps_says_so() -> None:
    images, labels = pictures(9)
    said = statistics_reliance(MeanColour(), images, labels).iloc[-1]
    assert said["depth"] == ALL and np.isnan(said["value"]) and said["n"] == 0
    assert said["convention"].startswith("no convolution gives maps of more than one position")


def test_kinds_of_partners_that_do_not_exist_are_undefined(network: Convolutions) -> None:
    images, _ = pictures(6)
    one_class = statistics_reliance(network, images, [1] * 6)
    other = one_class[one_class["pairs"].isin([OTHER, "difference"])]
    assert other["value"].isna().all() and (other["n"] == 0).all()
    assert other["convention"].str.endswith("undefined on these images, percentile 95 %").all()
    assert one_class[one_class["pairs"] == SAME]["value"].notna().all()


def test_where_statistics_do_not_go_with_the_class_takeovers_tell_and_the_difference_does_not() -> None:
    images, colours = pictures(200)
    labels = np.random.default_rng(0).permutation(colours).tolist()
    table = statistics_reliance(MeanColour(), images, labels, draws=2)
    gap = row(table, "pixels", "flip_rate", "difference")
    assert gap["low"] < 0.05 and gap["high"] > -0.05
    assert row(table, "pixels", "takeover_rate", OTHER)["value"] == 1
