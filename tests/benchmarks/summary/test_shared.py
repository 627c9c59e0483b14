"""Models are compared where they meet, and nowhere else."""

import numpy as np
import pandas as pd
import pytest

from benchmarks.metrics import resample_counts
from benchmarks.summary.cells import cell_errors
from benchmarks.summary.panel import read_panels
from benchmarks.summary.shared import Measure, shared_measures
from tests.benchmarks.summary.conftest import corruption


def measured(records: pd.DataFrame, profile: str = "cifar") -> dict[tuple[str, str], Measure]:
    panels = read_panels(records)
    counts = resample_counts(panels[0].ok.shape[1], 50, 0)
    measures = shared_measures(panels, [cell_errors(panel, counts) for panel in panels], counts, profile)
    return {(one.metric, one.condition_name): one for one in measures}


def wrong(records: pd.DataFrame) -> pd.DataFrame:
    """(condition, image) by model: whether the answer is wrong, NaN where there is none."""
    frame = records.assign(wrong=1 - records["correct"].astype(float))
    keys = ["condition_name", "condition_severity", "image_id"]
    return frame.pivot(index=keys, columns="model", values="wrong")


def test_errors_are_those_of_counting(make_records, few):
    records = make_records(few, models=["first", "second"])
    found, table = measured(records), wrong(records)
    assert set(found) == {
        ("error", ""), ("mean_corruption_error", ""), ("mean_error", "fog"), ("mean_error", "contrast")
    }  # fmt: skip
    assert found["error", ""].values == pytest.approx(table.loc["clean"].mean().to_numpy())
    corrupted = table.drop(index="clean").groupby(["condition_name", "condition_severity"]).mean()
    assert found["mean_corruption_error", ""].values == pytest.approx(corrupted.mean().to_numpy())
    fog = corrupted.loc["fog"].mean().to_numpy()
    assert found["mean_error", "fog"].values == pytest.approx(fog)
    assert found["error", ""].n == 60 and found["error", ""].samples.shape == (2, 50)


def test_an_image_that_one_model_did_not_answer_counts_for_none(make_records, few):
    records = make_records(few, models=["first", "second"])
    lost = (records["model"] == "second") & (records["image_id"] == "image-0003")
    lost &= records["condition_name"] == "clean"
    damaged = records.copy()
    for name in ("status", "correct", "prediction", "rank", "max_probability", "loss", "brier"):
        damaged[name] = damaged[name].astype(object)
        damaged.loc[lost, name] = "nonfinite_logits" if name == "status" else None
    found, table = measured(damaged), wrong(records[records["image_id"] != "image-0003"])
    assert found["error", ""].n == 59
    assert found["error", ""].values == pytest.approx(table.loc["clean"].mean().to_numpy())
    whole = measured(records)
    assert np.array_equal(found["mean_error", "fog"].samples, whole["mean_error", "fog"].samples)


def test_resampling_a_cut_gives_what_resampling_all_does(make_records, few):
    """Both ways to the same samples: those already there, and those computed again."""
    records = make_records(few, models=["first", "second"])
    panels = read_panels(records)
    counts = resample_counts(60, 50, 0)
    errors = [cell_errors(panel, counts) for panel in panels]
    extra = make_records([*few, corruption("snow", 1)], models=["second"], bad=[("image-0001", None, "truncated")])
    other = read_panels(pd.concat([records[records["model"] == "first"], extra]))
    cut = shared_measures(other, [cell_errors(panel, counts) for panel in other], counts, "cifar")
    whole = shared_measures(panels, errors, counts, "cifar")
    assert [(one.metric, one.condition_name) for one in cut] == [(one.metric, one.condition_name) for one in whole]
    keep = wrong(records[records["image_id"] != "image-0001"]).loc["clean", "first"].to_numpy()
    weights = np.delete(counts, 1, axis=1).astype(float)
    expected = weights @ keep / weights.sum(axis=1)
    assert cut[0].samples[0] == pytest.approx(expected)


def test_mce_is_there_with_the_whole_benchmark_alone(make_records, full):
    records = make_records(full, models=["first", "second"], n=20)
    assert {"mCE", "relative_mCE"} <= {metric for metric, _ in measured(records, "imagenet")}
    assert "mCE" not in {metric for metric, _ in measured(records, "cifar")}
    assert measured(records, "imagenet")["mCE", ""].unit == "percent"


def test_models_that_share_nothing_have_no_measure(make_records, few):
    one, two = make_records(few[:1], models=["first"]), make_records(few[1:], models=["second"])
    assert measured(pd.concat([one, two])) == {}
    apart = make_records(few[:1], models=["second"]).assign(image_id=lambda rows: "other-" + rows["image_id"])
    assert measured(pd.concat([one.astype({"image_id": object}), apart])) == {}
