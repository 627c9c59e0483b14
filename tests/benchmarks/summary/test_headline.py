from dataclasses import replace

import numpy as np
import pytest

from benchmarks.conditions import CLEAN
from benchmarks.metrics import (
    adaptive_ece,
    augrc,
    aurc,
    auroc,
    e_aurc,
    ece,
    fpr95,
    mean_corruption_error,
    relative_mean_corruption_error,
    resample_counts,
)
from benchmarks.summary.cells import cell_errors
from benchmarks.summary.corruptions import corruption_errors
from benchmarks.summary.figures import tidy
from benchmarks.summary.headline import HEADLINE, class_rows, headline_rows
from benchmarks.summary.panel import read_panels

COUNTS = resample_counts(60, 40, seed=0)


def headline(records, profile="imagenet"):
    (panel,) = read_panels(records)
    corruptions = corruption_errors(panel, cell_errors(panel, COUNTS), profile)
    return panel, tidy(headline_rows(panel, corruptions, COUNTS), HEADLINE).set_index("metric")


def test_clean_figures_against_the_plain_metrics(make_records, few):
    records = make_records(few, bad=[("image-0007", CLEAN, "empty")])
    _, rows = headline(records)
    clean = records[(records["condition_kind"] == "clean") & (records["status"] == "ok")]
    confidence, correct = clean["max_probability"].to_numpy(), clean["correct"].to_numpy(dtype=bool)
    for metric in (ece, adaptive_ece, auroc, aurc, e_aurc, augrc, fpr95):
        assert rows.loc[metric.__name__, "value"] == pytest.approx(metric(confidence, correct)), metric
    assert rows.loc["accuracy", "value"] == correct.mean()
    assert rows.loc["accuracy_top5", "value"] == (clean["rank"] <= 5).mean()
    assert rows.loc["brier", "value"] == pytest.approx(clean["brier"].mean())
    assert rows.loc["nll", "value"] == pytest.approx(clean["loss"].mean())
    worst = clean.assign(correct=correct).groupby("label")["correct"].mean().min()
    assert rows.loc["worst_class_accuracy", "value"] == pytest.approx(worst)
    assert (rows.drop(index=["worst_class_accuracy", "mean_corruption_error", "fpr95"])["n"] == 59).all()
    assert rows.loc["fpr95", "n"] == (~correct).sum()


def test_a_rate_among_few_errors_is_uncertain_even_at_zero(make_records, few):
    """Resampling six zeros gave an interval of no width."""
    records = make_records(few)
    clean = records["condition_kind"] == "clean"
    confidence = records["max_probability"].where(~clean, records["correct"].astype(float) * 0.5 + 0.25)
    _, rows = headline(records.assign(max_probability=confidence))
    assert rows.loc["fpr95", "value"] == 0
    assert rows.loc["fpr95", "high"] > 0.1
    assert ((rows["low"] <= rows["value"]) & (rows["value"] <= rows["high"])).all()


def test_means_over_the_benchmark(make_records, full):
    panel, rows = headline(make_records(full))
    clean = float(1 - panel.correct[0].mean())
    errors = {}
    for s, condition in list(enumerate(panel.conditions))[1:]:
        errors.setdefault(condition.name, []).append(float(1 - panel.correct[s].mean()))
    assert rows.loc["mCE", "value"] == pytest.approx(mean_corruption_error(errors))
    assert rows.loc["relative_mCE", "value"] == pytest.approx(relative_mean_corruption_error(errors, clean))
    assert rows.loc["mean_corruption_error", "value"] == pytest.approx(np.mean(list(errors.values())))
    assert "unnormalised mean over 15 corruptions x 5 severities" in rows.loc["mean_corruption_error", "convention"]
    assert set(rows.loc[["mCE", "relative_mCE"], "unit"]) == {"percent"}


def test_mce_needs_the_whole_benchmark_and_its_profile(make_records, full):
    assert "mCE" not in headline(make_records(full[:-1]))[1].index
    _, cifar = headline(make_records(full), "cifar")
    assert "mCE" not in cifar.index
    assert "mean_corruption_error" in cifar.index
    _, without_clean = headline(make_records(full[1:]))
    assert set(without_clean.index) == {"mean_corruption_error", "mCE"}


def test_scores_on_images_made_here_are_only_like_mce(make_records, full):
    """The published files carry JPEG compression, so that scores differ; they are told apart wherever they stand."""
    _, rows = headline(make_records(full))
    for metric in ("mCE", "relative_mCE"):
        assert rows.loc[metric, "convention"].startswith("mCE-like: made on the fly, not the published files; 15 ")
    assert "made on the fly" in rows.loc["mean_corruption_error", "convention"]
    published = [CLEAN, *(replace(condition, kind="published") for condition in full[1:])]
    _, rows = headline(make_records(published))
    for metric in ("mCE", "relative_mCE", "mean_corruption_error"):
        assert "like" not in rows.loc[metric, "convention"] and "images as stored" in rows.loc[metric, "convention"]


def test_clean_alone(make_records):
    _, rows = headline(make_records([CLEAN]))
    assert "mean_corruption_error" not in rows.index
    assert "accuracy" in rows.index


def test_all_answers_right(make_records):
    records = make_records([CLEAN])
    _, rows = headline(records.assign(correct=True))
    assert rows.loc["accuracy", "value"] == rows.loc["accuracy", "high"] == 1
    assert rows.loc[["auroc", "fpr95"], ["value", "low", "high"]].isna().all(axis=None)
    assert "undefined on these images" in rows.loc["auroc", "convention"]
    assert rows.loc["aurc", "value"] == 0


def test_no_image_could_be_read(make_records):
    bad = [(f"image-{i:04d}", None, "unreadable") for i in range(60)]
    _, rows = headline(make_records([CLEAN], bad=bad))
    assert (rows["n"] == 0).all()
    assert rows["value"].isna().all()


def test_classes_stand_worst_first(make_records, few):
    (panel,) = read_panels(make_records(few, n=61))
    rows = tidy(class_rows(panel), ["model", "class_name", "metric", "value", "low", "high", "n", "convention"])
    assert len(rows) == 8
    assert rows["value"].is_monotonic_increasing
    assert rows["n"].sum() == 61
    first = rows.iloc[0]
    members = panel.label_name == first["class_name"]
    assert first["value"] == pytest.approx(panel.correct[0, members].mean())
    assert list(class_rows(read_panels(make_records(few[1:]))[0])) == []
