import numpy as np
import pandas as pd
import pytest
from scipy.stats import spearmanr

from benchmarks.explanations import CHECKS, CONTROL, Explained
from benchmarks.explanations.explained_tables import (
    agreement_table,
    dissection_table,
    explanation_rows,
    image_maps,
    map_agreements,
    summary_table,
)


@pytest.fixture
def known(explained: Explained) -> pd.DataFrame:
    ids = list(explained.task.chosen["image_id"])
    columns = {"corrupted_flips": np.linspace(0, 1, len(ids)), "conditions": 4, "consistency": -0.5}
    return pd.DataFrame({"image_id": ids} | columns).iloc[::-1]


def test_a_row_for_each_image_and_method(explained: Explained, known: pd.DataFrame) -> None:
    rows = explanation_rows(explained, known)
    chosen = explained.task.chosen
    assert len(rows) == 3 * len(chosen)
    assert not rows.duplicated(["model", "image_id", "method"]).any()
    own = rows[rows["method"] == "occlusion"].set_index("image_id")
    assert list(own.index) == list(chosen["image_id"])
    expected = explained.methods["occlusion"].checks["deletion_blurred"].iloc[: len(chosen)]
    assert own["deletion_blurred"].tolist() == expected.tolist()
    assert own["corrupted_flips"].to_dict() == known.set_index("image_id")["corrupted_flips"].to_dict()
    assert (own["model"] == "colour").all()


def test_figures_of_the_draw_and_of_the_errors_stand_apart(explained: Explained, known: pd.DataFrame) -> None:
    rows = explanation_rows(explained, known)
    summary = summary_table(rows, seed=0).set_index(["group", "method", "metric"])
    random = rows[rows["at_random"] & (rows["method"] == "occlusion")]
    figure = summary.loc[("random", "occlusion", "insertion_blurred")]
    assert figure["value"] == pytest.approx(random["insertion_blurred"].mean())
    assert figure["n"] == len(random) and "bootstrap over images" in figure["convention"]
    wrong = rows[rows["confidently_wrong"] & (rows["method"] == "occlusion")]["sensitivity"].sort_values()
    median = summary.loc[("confidently_wrong", "occlusion", "sensitivity"), "value"]
    assert median == wrong.iloc[(len(wrong) - 1) // 2], "the lower one of two"
    assert ((summary["low"] <= summary["value"]) & (summary["value"] <= summary["high"])).all()
    assert ("random", "occlusion", "relative_gap") not in summary.index, "nothing is promised"
    assert {metric for _, _, metric in summary.index} <= set(CHECKS)


def test_agreement_is_spearmans(explained: Explained) -> None:
    ((pair, values),) = map_agreements(explained).items()
    assert pair == ("gradient_x_input", "occlusion"), f"{CONTROL} is left out"
    maps = [explained.methods[name].maps.flatten(1).numpy() for name in pair]
    expected = [spearmanr(*maps_of_one).statistic for maps_of_one in zip(*maps, strict=True)]
    assert values == pytest.approx(np.array(expected)[: len(values)], abs=1e-6)
    (row,) = agreement_table([explained], seed=0).itertuples()
    random = explained.task.chosen["at_random"].to_numpy()
    assert row.value == pytest.approx(values[random].mean())
    assert row.low <= row.value <= row.high and row.n == random.sum()


def test_maps_of_an_image_have_an_area_and_an_agreement(explained: Explained) -> None:
    images, count = image_maps(explained), len(explained.task.chosen)
    ((_, agreement),) = map_agreements(explained).items()
    assert images["map_agreement"].to_numpy() == pytest.approx(agreement)
    shares = []
    for name in ("gradient_x_input", "occlusion"):
        sizes = explained.methods[name].maps[:count].abs().flatten(1).double().numpy()
        shares.append(sizes.sum(1) ** 2 / (sizes.shape[1] * (sizes**2).sum(1)))
    assert images["map_area"].to_numpy() == pytest.approx(np.mean(shares, axis=0))
    assert images["map_area"].between(0, 1 + 1e-9).all() and images["beside"].dtype == bool


def test_errors_are_dissected_by_image(explained: Explained, known: pd.DataFrame) -> None:
    table = dissection_table(explained, known)
    wrong = explained.task.chosen[explained.task.chosen["confidently_wrong"]]
    assert len(table) == 3 * len(wrong)
    own = table[table["method"] == "occlusion"]
    assert list(own["image_id"]) == list(wrong["image_id"])
    assert (own["label_name"] != own["prediction_name"]).all()
    checks = explained.methods["occlusion"].checks["insertion_blurred"]
    assert own["insertion_blurred_true"].tolist() == checks.iloc[len(explained.task.chosen) :].tolist()
    assert own["map_correlation"].between(-1, 1).all()
    assert own["corrupted_flips"].notna().all()
    control = table[table["method"] == CONTROL]
    assert control["map_correlation"].to_numpy() == pytest.approx(1.0), "the same map for every class"
