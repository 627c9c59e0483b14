import numpy as np
import pandas as pd
import pytest

from benchmarks.metrics import ALEXNET_FLIP_PROBABILITY, ALEXNET_TOP5_DISTANCE, wilson
from benchmarks.stability import STABILITY, stability_table
from benchmarks.stability.table import averaged_perturbations
from robustness.perturbations import PERTURBATIONS, TEST_PERTURBATIONS

IDS = [f"{number}.png" for number in range(60)]


def scores(name, models=("one",), seed=0, scale=1.0):
    """Made-up scores of 60 images."""
    generator = np.random.default_rng([seed, list(PERTURBATIONS).index(name)])
    parts = [
        pd.DataFrame(
            {
                "model": model,
                "image_id": IDS,
                "status": "ok",
                "frames": 31,
                "flip_probability": scale * generator.beta(0.5, 3, 60).round(2),
                "top5_distance": scale * generator.gamma(2, 1, 60),
            }
        )
        for model in models
    ]
    return pd.concat(parts, ignore_index=True)


def figures(table, model="one"):
    return table[table["model"] == model].set_index(["perturbation", "metric"])


def test_figures_are_means_with_intervals_around_them():
    own = scores("tilt")
    table = stability_table({"tilt": own}, profile="imagenet", seed=0)
    assert list(table) == STABILITY
    rows = figures(table).loc["tilt"]
    assert list(rows.index) == ["flip_probability", "top5_distance", "flip_rate", "top5_rate"]
    assert rows.loc["flip_probability", "value"] == pytest.approx(own["flip_probability"].mean())
    assert (rows["low"] < rows["value"]).all() and (rows["value"] < rows["high"]).all()
    assert (rows["n"] == 60).all() and rows["convention"].str.contains("31 frames; bootstrap over images").all()
    # The normal approximation is good for a mean of 60.
    spread = 1.96 * own["top5_distance"].std() / np.sqrt(60)
    assert rows.loc["top5_distance", "high"] - rows.loc["top5_distance", "value"] == pytest.approx(spread, rel=0.25)
    for metric, rate, alexnet in (
        ("flip_probability", "flip_rate", ALEXNET_FLIP_PROBABILITY),
        ("top5_distance", "top5_rate", ALEXNET_TOP5_DISTANCE),
    ):
        for bound in ("value", "low", "high"):
            assert rows.loc[rate, bound] == pytest.approx(100 * rows.loc[metric, bound] / alexnet["tilt"])


def test_the_convention_says_what_frames_are_compared_with():
    table = stability_table({name: scores(name) for name in ("shot_noise", "snow")}, profile="tiny", seed=0)
    rows = figures(table)["convention"]
    assert "the first frame" in rows["shot_noise", "flip_probability"]
    assert "the frame before" in rows["snow", "flip_probability"]


def test_means_are_over_all_ten_or_not_at_all():
    ten = {name: scores(name) for name in TEST_PERTURBATIONS}
    rows = figures(stability_table(ten | {"shear": scores("shear")}, profile="imagenet", seed=0))
    rates = [rows.loc[(name, "flip_rate"), "value"] for name in TEST_PERTURBATIONS]
    assert rows.loc[("all", "mFR"), "value"] == pytest.approx(np.mean(rates))
    means = [rows.loc[(name, "top5_distance"), "value"] for name in TEST_PERTURBATIONS]
    assert rows.loc[("all", "mean_top5_distance"), "value"] == pytest.approx(np.mean(means))
    assert set(rows.loc["all"].index) == {"mFR", "mT5D", "mean_flip_probability", "mean_top5_distance"}
    assert (rows.loc["all", "low"] < rows.loc["all", "value"]).all()
    nine = {name: ten[name] for name in TEST_PERTURBATIONS[1:]}
    assert "all" not in set(stability_table(nine, profile="imagenet", seed=0)["perturbation"])


def test_cifar_has_its_own_ten_and_no_alexnet():
    ten = {name: scores(name) for name in averaged_perturbations("cifar")}
    table = stability_table(ten, profile="cifar", seed=0)
    assert "spatter" in ten and "snow" not in ten
    assert set(table["metric"]) == {"flip_probability", "top5_distance", "mean_flip_probability", "mean_top5_distance"}


def test_a_mean_is_paired_over_images():
    """Perturbations that move the same images leave a mean as uncertain as each; independent ones do not."""
    same = {name: scores("tilt") for name in TEST_PERTURBATIONS}
    other = {name: scores(name) for name in TEST_PERTURBATIONS}
    widths = []
    for ten in (same, other):
        rows = figures(stability_table(ten, profile="tiny", seed=0))
        mean, one = rows.loc[("all", "mean_flip_probability")], rows.loc[("tilt", "flip_probability")]
        widths.append((mean["high"] - mean["low"]) / (one["high"] - one["low"]))
    assert widths[0] == pytest.approx(1)
    assert widths[1] == pytest.approx(10**-0.5, rel=0.3)


def test_unmeasured_images_are_left_out_and_counted_out():
    own = scores("scale")
    gaps = own.copy()
    gaps.loc[40:, ["flip_probability", "top5_distance"]] = np.nan
    rows = figures(stability_table({"scale": gaps}, profile="cifar", seed=0)).loc["scale"]
    assert rows.loc["flip_probability", "value"] == pytest.approx(own["flip_probability"][:40].mean())
    assert (rows["n"] == 40).all()
    gaps[["flip_probability", "top5_distance"]] = np.nan
    empty = stability_table({"scale": gaps}, profile="cifar", seed=0)
    assert (empty["n"] == 0).all() and empty[["value", "low", "high"]].isna().all().all()


def test_no_flips_at_all_are_not_certain_to_stay_away():
    rows = figures(stability_table({"tilt": scores("tilt", scale=0.0)}, profile="imagenet", seed=0)).loc["tilt"]
    seldom = float(wilson(0, 60)[1])
    assert rows["high"].to_list() == pytest.approx(
        [seldom, 15 * seldom, 100 * seldom / ALEXNET_FLIP_PROBABILITY["tilt"], 1500 * seldom / 1.75]
    )
    assert (rows["value"] == 0).all() and rows["convention"].str.contains("no change seen, Wilson").all()


def test_models_have_their_own_rows_on_the_same_resamples():
    both = stability_table({"tilt": scores("tilt", ("one", "two"))}, profile="tiny", seed=3)
    alone = stability_table({"tilt": scores("tilt")}, profile="tiny", seed=3)
    pd.testing.assert_frame_equal(both[both["model"] == "one"], alone)
    assert (both["model"] == "two").sum() == len(alone)


def test_no_scores_give_no_rows():
    assert list(stability_table({}, profile="tiny", seed=0)) == STABILITY
