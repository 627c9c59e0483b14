import numpy as np
import pytest

from benchmarks.conditions import CLEAN, Condition
from benchmarks.summary.panel import COLUMNS, condition_order, corrupted_cells, read_panels
from reports.records import SCHEMA


def test_columns_are_record_columns():
    assert set(COLUMNS) <= set(SCHEMA.names)


def test_arrays_hold_what_the_rows_say(make_records, few):
    records = make_records(few, bad=[("image-0003", few[2], "truncated")])
    (panel,) = read_panels(records.sample(frac=1, random_state=0))
    assert panel.conditions[0] == CLEAN
    assert panel.clean == 0
    for row in records.itertuples():
        condition = Condition(kind=row.condition_kind, name=row.condition_name, severity=row.condition_severity)
        at = panel.conditions.index(condition), int(row.image_id.removeprefix("image-"))
        assert panel.ok[at] == (row.status == "ok")
        if row.status == "ok":
            assert panel.confidence[at] == row.max_probability
            assert (panel.correct[at], panel.prediction[at], panel.rank[at]) == (row.correct, row.prediction, row.rank)
    clean = records[records["condition_kind"] == "clean"]
    assert panel.loss == pytest.approx(clean["loss"].to_numpy())
    assert panel.brier == pytest.approx(clean["brier"].to_numpy())
    assert (panel.label_name == clean["label_name"].astype(object).to_numpy()).all()


def test_models_share_the_images(make_records, few):
    both = make_records(few, models=["b", "a"])
    cut = both[~((both["model"] == "a") & (both["image_id"] == "image-0000"))]
    first, second = read_panels(cut)
    assert (first.model, second.model) == ("a", "b")
    assert first.ok.shape == second.ok.shape
    assert not first.ok[:, 0].any()
    assert (first.label[0], first.label_name[0]) == (-1, "")
    assert second.ok[:, 0].all()


def test_conditions_stand_in_the_benchmarks_order():
    names = [("corruption", "zebra", 1), ("corruption", "spatter", 1), ("corruption", "fog", 5)]
    names += [("corruption", "fog", 1), ("corruption", "gaussian_noise", 3), ("clean", "clean", 0)]
    conditions = [Condition(kind=kind, name=name, severity=severity) for kind, name, severity in names]
    assert sorted(conditions, key=condition_order) == [conditions[i] for i in (5, 4, 3, 2, 1, 0)]


def cells(make_records, *conditions):
    found = [Condition(kind=kind, name=name, severity=severity) for kind, name, severity in conditions]
    (panel,) = read_panels(make_records([CLEAN, *found], n=4))
    return [(panel.conditions[s].kind, panel.conditions[s].name) for s in corrupted_cells(panel)]


def test_means_count_published_images_once_and_extras_only_alone(make_records):
    fly, stored = ("corruption", "fog", 1), ("published", "fog", 1)
    extra, other = ("corruption", "spatter", 1), ("corruption", "sparkles", 1)
    assert cells(make_records, fly, stored) == [stored[:2]]
    assert cells(make_records, fly, extra, other) == [fly[:2], other[:2]]
    assert cells(make_records, extra) == [extra[:2]]
    assert cells(make_records) == []


def test_bad_records_are_refused(make_records, few):
    records = make_records(few, n=5)
    with pytest.raises(ValueError, match=r"missing \['rank'\]"):
        read_panels(records.drop(columns="rank"))
    with pytest.raises(ValueError, match="no rows"):
        read_panels(records.iloc[:0])
    with pytest.raises(ValueError, match="got 1 repeated"):
        read_panels(records.iloc[[*range(len(records)), 3]])
    gap = records.assign(max_probability=records["max_probability"].where(np.arange(len(records)) != 2))
    with pytest.raises(ValueError, match=r"finite `max_probability`.* got 1"):
        read_panels(gap)
