import numpy as np
import pytest

from benchmarks.metrics import augrc, ece, resample_counts
from benchmarks.summary.cells import CELLS, cell_errors, cell_rows, has_top5
from benchmarks.summary.figures import tidy
from benchmarks.summary.panel import read_panels

COUNTS = resample_counts(60, 50, seed=0)


def table(panel):
    return tidy(cell_rows(panel, cell_errors(panel, COUNTS)), CELLS)


def figure(cells, condition, metric):
    chosen = (cells["condition_name"] == condition.name) & (cells["condition_severity"] == condition.severity)
    (row,) = cells[chosen & (cells["metric"] == metric)].to_dict("records")
    return row


def test_against_the_rows_themselves(make_records, few):
    broken = few[3]
    records = make_records(few, bad=[("image-0003", broken, "truncated"), ("image-0009", few[0], "unreadable")])
    (panel,) = read_panels(records)
    cells, ok = table(panel), records[records["status"] == "ok"]
    clean = ok[ok["condition_kind"] == "clean"]
    for condition in few:
        chosen = (ok["condition_name"] == condition.name) & (ok["condition_severity"] == condition.severity)
        rows = ok[chosen]
        correct, confidence = rows["correct"].astype(bool), rows["max_probability"]
        assert figure(cells, condition, "accuracy")["value"] == pytest.approx(correct.mean())
        assert figure(cells, condition, "accuracy")["n"] == len(rows)
        assert figure(cells, condition, "error")["value"] == pytest.approx(1 - correct.mean())
        assert figure(cells, condition, "accuracy_top5")["value"] == pytest.approx((rows["rank"] <= 5).mean())
        assert figure(cells, condition, "ece")["value"] == pytest.approx(ece(confidence, correct))
        assert figure(cells, condition, "augrc")["value"] == pytest.approx(augrc(confidence, correct))
        if condition != few[0]:
            pairs = rows.merge(clean, on="image_id", suffixes=("", "_clean"))
            row = figure(cells, condition, "flip_rate")
            assert row["value"] == pytest.approx((pairs["prediction"] != pairs["prediction_clean"]).mean())
            assert row["n"] == len(pairs)
    assert figure(cells, broken, "flip_rate")["n"] == 58
    assert "flip_rate" not in set(cells.loc[cells["condition_kind"] == "clean", "metric"])


def test_every_figure_lies_in_its_interval(make_records, few):
    (panel,) = read_panels(make_records(few))
    cells = table(panel)
    assert ((cells["low"] <= cells["value"]) & (cells["value"] <= cells["high"])).all()


def test_resampled_errors_are_those_of_repeated_images(make_records, few):
    (panel,) = read_panels(make_records(few, bad=[("image-0000", few[1], "empty")]))
    samples = cell_errors(panel, COUNTS).error_samples
    for b in range(3):
        taken = np.repeat(np.arange(60), COUNTS[b])
        for s in range(len(few)):
            kept = taken[panel.ok[s, taken]]
            assert samples[s, b] == pytest.approx(1 - panel.correct[s, kept].mean())


def test_a_condition_without_predictions_is_undefined_not_zero(make_records, few):
    bad = [(f"image-{i:04d}", few[1], "nonfinite_logits") for i in range(60)]
    (panel,) = read_panels(make_records(few, bad=bad))
    row = figure(table(panel), few[1], "accuracy")
    assert row["n"] == 0
    assert np.isnan([row["value"], row["low"], row["high"]]).all()


def test_top5_needs_more_than_five_classes(make_records, few):
    (two,) = read_panels(make_records(few, classes=2))
    (eight,) = read_panels(make_records(few, classes=8))
    assert (has_top5(two), has_top5(eight)) == (False, True)
    assert "accuracy_top5" not in set(table(two)["metric"])
