import numpy as np
import pandas as pd
import pytest

from benchmarks.summary import COLUMNS, summarise

FIGURES = ["headline", "cells", "corruptions", "classes", "reliability", "risk_coverage"]
BAD = [("image-0005", None, "truncated")]


def as_bytes(tables):
    return {name: table.to_csv(index=False, float_format="%.6g") for name, table in tables.items()}


def test_tables_and_their_columns(make_records, few):
    tables = summarise(make_records(few, bad=BAD), seed=0, profile="imagenet")
    assert list(tables) == [*FIGURES, "status", "skipped"]
    for name in FIGURES:
        assert {"model", "value", "low", "high", "n", "convention"} <= set(tables[name].columns)
        assert len(tables[name]), name
        assert tables[name]["n"].dtype == np.int64
        assert pd.api.types.is_float_dtype(tables[name]["value"])


def test_same_records_same_bytes_whatever_their_order(make_records, few):
    records = make_records(few, bad=BAD, models=["first", "second"])
    tables = as_bytes(summarise(records, seed=3, profile="imagenet"))
    for order in range(2):
        shuffled = records.sample(frac=1, random_state=order).reset_index(drop=True)
        for column in shuffled.select_dtypes("category"):  # shards meet words in other orders
            shuffled[column] = shuffled[column].cat.reorder_categories(shuffled[column].cat.categories[::-1])
        assert as_bytes(summarise(shuffled, seed=3, profile="imagenet")) == tables
    plain = records.astype({name: object for name in COLUMNS if records[name].dtype == "category"})
    assert as_bytes(summarise(plain, seed=3, profile="imagenet")) == tables


def test_the_seed_moves_intervals_and_nothing_else(make_records, few):
    first, second = (summarise(make_records(few), seed=seed, profile="imagenet")["headline"] for seed in (0, 1))
    assert (first["value"] == second["value"]).all()
    assert (first["low"] != second["low"]).any()


def test_models_are_paired_so_equal_ones_get_equal_intervals(make_records, few):
    alone = make_records(few, models=["net"])
    both = pd.concat([alone, alone.assign(model="twin")])
    headline = summarise(both, seed=0, profile="imagenet")["headline"].drop(columns="model")
    half = len(headline) // 2
    pd.testing.assert_frame_equal(headline[:half], headline[half:].reset_index(drop=True))


def test_bad_images_are_counted_and_change_no_figure(make_records, few):
    records = make_records(few)
    kept = records[records["image_id"] != "image-0005"]
    with_bad = summarise(make_records(few, bad=BAD), seed=0, profile="imagenet")
    without = summarise(kept, seed=0, profile="imagenet")
    for name in ("headline", "cells", "corruptions"):
        assert with_bad[name]["value"].to_numpy() == pytest.approx(without[name]["value"].to_numpy())
        assert (with_bad[name]["n"] == without[name]["n"]).all()
    assert with_bad["skipped"]["image_id"].tolist() == ["image-0005"]


def test_one_image(make_records, few):
    tables = summarise(make_records(few, n=1), seed=0, profile="imagenet")
    accuracy = tables["headline"].set_index("metric").loc["accuracy"]
    assert accuracy["n"] == 1
    assert accuracy["low"] <= accuracy["value"] <= accuracy["high"]
