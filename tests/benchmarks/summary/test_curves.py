import numpy as np
import pytest

from benchmarks.conditions import CLEAN
from benchmarks.metrics import aurc, ece
from benchmarks.summary.curves import (
    RELIABILITY,
    RISK_COVERAGE,
    groups,
    reliability_rows,
    risk_coverage_rows,
)
from benchmarks.summary.figures import tidy
from benchmarks.summary.panel import read_panels


def curves(records):
    (panel,) = read_panels(records)
    reliability, risk = [], []
    for group in groups(panel):
        reliability += reliability_rows(panel, group)
        risk += risk_coverage_rows(panel, group)
    return tidy(reliability, RELIABILITY), tidy(risk, RISK_COVERAGE)


def rows_of(records, group):
    chosen = (records["condition_kind"] == "clean") == (group == "clean")
    return records[chosen & (records["status"] == "ok")]


@pytest.mark.parametrize("group", ["clean", "corrupted"])
def test_reliability_bins_add_up_to_the_ece(make_records, few, group):
    records = make_records(few, bad=[("image-0001", few[1], "empty")])
    table, _ = curves(records)
    bins, rows = table[table["group"] == group], rows_of(records, group)
    assert bins["bin"].tolist() == list(range(15))
    assert bins["n"].sum() == len(rows)
    gap = (bins["n"] * (bins["value"] - bins["mean_confidence"]).abs()).sum() / len(rows)
    assert gap == pytest.approx(ece(rows["max_probability"], rows["correct"].astype(bool)))
    filled = bins[bins["n"] > 0]
    assert filled["mean_confidence"].between(filled["confidence_low"], filled["confidence_high"]).all()
    assert ((filled["low"] <= filled["value"]) & (filled["value"] <= filled["high"])).all()
    assert bins.loc[bins["n"] == 0, ["value", "low", "high"]].isna().all(axis=None)


@pytest.mark.parametrize("group", ["clean", "corrupted"])
def test_risk_coverage_ends_at_the_error_and_encloses_the_aurc(make_records, few, group):
    records = make_records(few, n=40)
    _, table = curves(records)
    points, rows = table[table["group"] == group], rows_of(records, group)
    correct = rows["correct"].astype(bool)
    assert points["coverage"].iloc[-1] == 1
    assert points["value"].iloc[-1] == pytest.approx(1 - correct.mean())
    assert points["coverage"].is_monotonic_increasing
    coverage, risk = np.append(0, points["coverage"]), np.append(points["value"].iloc[0], points["value"])
    area = ((coverage[1:] - coverage[:-1]) * (risk[1:] + risk[:-1]) / 2).sum()
    assert area == pytest.approx(aurc(rows["max_probability"], correct))


def test_risk_coverage_is_thinned_to_200_points(make_records):
    records = make_records([CLEAN], n=1500)
    _, table = curves(records)
    assert 150 < len(table) <= 200
    assert table["coverage"].diff().max() < 0.01
    assert table["coverage"].iloc[-1] == 1


def test_pooled_rows_of_the_same_images_do_not_tighten_an_interval(make_records, few):
    (panel,) = read_panels(make_records([CLEAN, *few[1:]]))
    copies = type(panel)(**{**vars(panel), "correct": panel.correct[[1] * 5], "confidence": panel.confidence[[1] * 5]})
    clean, corrupted = groups(copies)
    one = tidy(risk_coverage_rows(copies, clean), RISK_COVERAGE).iloc[-1]
    pooled = tidy(risk_coverage_rows(copies, corrupted), RISK_COVERAGE).iloc[-1]
    assert pooled["n"] == 4 * one["n"]
    assert (pooled["low"], pooled["high"]) == pytest.approx((one["low"], one["high"]))
    assert "effective number of images" in pooled["convention"]


def test_groups_that_do_not_exist_are_absent(make_records, few):
    assert set(curves(make_records([CLEAN]))[0]["group"]) == {"clean"}
    assert set(curves(make_records(few[1:]))[1]["group"]) == {"corrupted"}


def test_nothing_readable_gives_empty_bins_and_no_points(make_records):
    bad = [(f"image-{i:04d}", None, "unreadable") for i in range(3)]
    reliability, risk = curves(make_records([CLEAN], n=3, bad=bad))
    assert reliability["n"].sum() == 0
    assert risk.empty
