from dataclasses import replace

import numpy as np
import pytest

from benchmarks.conditions import CLEAN, Condition
from benchmarks.metrics import corruption_errors as plain_ce
from benchmarks.metrics import relative_corruption_errors, resample_counts
from benchmarks.summary.cells import cell_errors
from benchmarks.summary.corruptions import CORRUPTIONS, corruption_errors, corruption_rows, origin
from benchmarks.summary.figures import tidy
from benchmarks.summary.panel import read_panels

COUNTS = resample_counts(60, 40, seed=0)


def gather(records, profile="imagenet"):
    (panel,) = read_panels(records)
    corruptions = corruption_errors(panel, cell_errors(panel, COUNTS), profile)
    rows = tidy(corruption_rows(panel, corruptions), CORRUPTIONS)
    return panel, corruptions, rows.set_index(["condition_name", "metric"])


def errors_of(panel):
    errors = {}
    for s, condition in enumerate(panel.conditions):
        errors.setdefault(condition.name, []).append(float(1 - panel.correct[s].mean()))
    return errors


def test_against_the_plain_metrics(make_records, full):
    panel, _, rows = gather(make_records(full))
    errors = errors_of(panel)
    clean = errors.pop("clean")[0]
    ce, relative = plain_ce(errors), relative_corruption_errors(errors, clean)
    for name, values in errors.items():
        assert rows.loc[(name, "mean_error"), "value"] == pytest.approx(np.mean(values))
        assert rows.loc[(name, "ce"), "value"] == pytest.approx(ce[name])
        assert rows.loc[(name, "relative_ce"), "value"] == pytest.approx(relative[name])
    assert ((rows["low"] <= rows["value"]) & (rows["value"] <= rows["high"])).all()


def test_ce_needs_the_imagenet_profile_all_severities_and_a_known_corruption(make_records, few):
    fog = [Condition(kind="corruption", name="fog", severity=s) for s in range(1, 6)]
    sparkles = [Condition(kind="published", name="sparkles", severity=s) for s in range(1, 6)]
    assert set(gather(make_records(few))[2].index.get_level_values("metric")) == {"mean_error"}
    assert set(gather(make_records(fog), "cifar")[2].index.get_level_values("metric")) == {"mean_error"}
    assert ("sparkles", "ce") not in gather(make_records(sparkles))[2].index
    assert ("fog", "ce") in gather(make_records(fog))[2].index
    assert ("fog", "relative_ce") not in gather(make_records(fog))[2].index
    assert ("fog", "relative_ce") in gather(make_records([CLEAN, *fog]))[2].index


def test_means_say_what_they_count(make_records, few):
    _, corruptions, rows = gather(make_records(few))
    assert corruptions.describe() == "2 corruptions x 2 severities"
    assert "severities 2, 4, made on the fly" in rows.loc[("fog", "mean_error"), "convention"]
    _, ragged, _ = gather(make_records(few[:-1]))
    assert ragged.describe() == "3 cells of 2 corruptions"


def test_published_images_replace_those_made_on_the_fly(make_records):
    both = [Condition(kind=kind, name="fog", severity=1) for kind in ("corruption", "published")]
    panel, corruptions, rows = gather(make_records([*both, Condition(kind="corruption", name="snow", severity=1)]))
    assert len(rows) == 2
    assert "images as stored" in rows.loc[("fog", "mean_error"), "convention"]
    assert origin(panel, corruptions.cells) == "images as stored and images made on the fly"


def test_a_round_trip_is_said_of_images_made_here_alone(make_records, few):
    (panel,) = read_panels(make_records(few))
    assert origin(replace(panel, jpeg_roundtrip=True), [1, 2]) == "made on the fly with a JPEG round trip"
    (panel,) = read_panels(make_records([Condition(kind="published", name="fog", severity=1)]))
    assert origin(replace(panel, jpeg_roundtrip=True), [0]) == "images as stored"
