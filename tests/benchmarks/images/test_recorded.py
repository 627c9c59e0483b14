from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from benchmarks.images.recorded import recorded_images
from reports.records import SCHEMA, read_records, write_records


def test_rows_are_those_of_the_records_under_the_first_condition(run: Path) -> None:
    images, records = recorded_images(run), read_records(run)
    clean = records[records["condition_severity"] == 0].set_index("image_id")
    assert len(images) == 30 and images["image_id"].is_unique
    for row in images.itertuples():
        expected = clean.loc[str(row.image_id)]
        assert (row.status, row.label, row.path) == (expected.status, expected.label_name, expected.path)
        if row.status == "ok":
            assert (row.prediction, row.correct) == (expected.prediction_name, expected.correct)
            assert row.loss == expected.loss and row.max_probability == expected.max_probability


def test_flips_and_errors_are_counted_as_a_plain_loop_counts_them(run: Path) -> None:
    images, records = recorded_images(run).set_index("image_id"), read_records(run)
    assert images["corrupted_flips"].max() > 0, "something to count"
    for image_id, rows in records.groupby("image_id", observed=True):
        row, ok = images.loc[str(image_id)], rows[rows["status"] == "ok"]
        if ok.empty:
            assert row["conditions"] == 0 and np.isnan(row["corrupted_flips"]) and np.isnan(row["corrupted_wrong"])
            assert np.isnan(row["flip_severity_brightness"])
            continue
        (answer,) = ok.loc[ok["condition_severity"] == 0, "prediction"]
        others = ok[ok["condition_severity"] > 0]
        flips = others[others["prediction"] != answer]["condition_severity"].astype(float)
        assert row["conditions"] == 2 and row["corrupted_flips"] == len(flips) / 2
        assert row["corrupted_wrong"] == (~others["correct"].astype(bool)).mean()
        assert row["flip_severity_brightness"] == (flips.min() if len(flips) else np.inf)
        first = row["first_flip_severity"]
        assert np.isnan(first) if not len(flips) else first == flips.min()
        assert pd.isna(row["first_flip_corruption"]) == (not len(flips))


def recorded(run: Path, kinds: tuple[str, str], answers: dict[tuple[str, int], int]) -> dict[str, object]:
    """The row of one image of class 1 with these answers; kinds of the first and the other conditions."""
    plain = dict.fromkeys(SCHEMA.names, "") | dict.fromkeys(
        ("seed", "rank", "max_probability", "margin", "entropy", "energy", "max_logit", "loss", "brier"), 1
    )
    rows = [
        plain
        | {"model": "m", "image_id": "a", "condition_kind": kinds[place > 0], "status": "ok"}
        | {"condition_name": name, "condition_severity": severity, "prediction": answer, "correct": answer == 1}
        | {"label": 1, "top5": [answer]}
        for place, ((name, severity), answer) in enumerate(answers.items())
    ]
    write_records(pa.Table.from_pylist(rows), run / "records" / "block-000000.parquet")
    (row,) = recorded_images(run).to_dict("records")
    return row


def test_of_several_corruptions_the_mildest_comes_first(tmp_path: Path) -> None:
    """Fog changes the answer at severity 3 only, contrast from 2 on, blur never."""
    answers = {("clean", 0): 1, ("fog", 1): 1, ("fog", 3): 2, ("blur", 1): 1, ("contrast", 1): 1, ("contrast", 2): 0}
    row = recorded(tmp_path, ("clean", "corruption"), answers | {("contrast", 3): 0})
    assert (row["first_flip_corruption"], row["first_flip_severity"]) == ("contrast", 2)
    assert (row["flip_severity_fog"], row["flip_severity_contrast"], row["flip_severity_blur"]) == (3, 2, np.inf)
    assert row["corrupted_flips"] == row["corrupted_wrong"] == pytest.approx(3 / 6)


def test_without_a_clean_answer_nothing_flips_but_errors_are_counted(tmp_path: Path) -> None:
    row = recorded(tmp_path, ("published", "published"), {("fog", 1): 1, ("fog", 2): 0, ("fog", 3): 1})
    assert row["corrupted_wrong"] == 0.5 and row["correct"] is True
    assert "corrupted_flips" not in row and "flip_severity_fog" not in row
