from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from benchmarks.audit import running_engines
from benchmarks.explanations import image_sensitivity
from benchmarks.explanations.sensitivity import SENSITIVITY
from benchmarks.sweep import run_sweep
from reports.records import read_records, write_records
from tests.benchmarks.explanations.conftest import CPU
from tests.conftest import MakePlan


def test_an_empty_folder_knows_nothing(make_plan: MakePlan, colour_folder: Path, tmp_path: Path) -> None:
    known = image_sensitivity(make_plan(colour_folder), 0, tmp_path, ["b", "a"])
    assert list(known.columns) == SENSITIVITY
    assert known["image_id"].tolist() == ["b", "a"]
    assert known[SENSITIVITY[1:]].isna().all(axis=None)


def test_flips_are_counted_from_the_records(make_plan: MakePlan, colour_folder: Path, tmp_path: Path) -> None:
    plan = make_plan(colour_folder)
    with running_engines(plan, device=CPU, batch_size=8) as engines:
        run_sweep(plan, tmp_path, engines)
    table = pa.concat_tables([pq.read_table(path) for path in sorted((tmp_path / "records").glob("*.parquet"))])
    answers = np.random.default_rng(0).integers(3, size=len(table), dtype=np.int32)  # as of a fragile classifier
    for path in (tmp_path / "records").glob("*.parquet"):
        path.unlink()
    table = table.set_column(table.column_names.index("prediction"), "prediction", pa.array(answers))
    write_records(table, tmp_path / "records" / "block-000000.parquet")
    records = read_records(tmp_path).astype({"condition_name": str})
    ids = sorted(records["image_id"].unique(), reverse=True)
    known = image_sensitivity(plan, 0, tmp_path, ids).set_index("image_id")
    assert list(known.index) == ids and (known["conditions"] == 2).all()
    for one in ids:
        own = records[records["image_id"] == one]
        clean = own.loc[own["condition_name"] == "clean", "prediction"].iloc[0]
        expected = np.mean([p != clean for p in own.loc[own["condition_name"] != "clean", "prediction"]])
        assert known.loc[one, "corrupted_flips"] == expected
    assert set(known["corrupted_flips"]) == {0.0, 0.5, 1.0}


def test_consistency_is_joined_by_image_where_it_was_measured(
    make_plan: MakePlan, colour_folder: Path, tmp_path: Path
) -> None:
    plan = make_plan(colour_folder)
    rows = pd.DataFrame(
        [("colour", "a", "clean", 0, -0.25), ("colour", "a", "fog", 1, -9.0), ("other", "b", "clean", 0, -7.0)],
        columns=["model", "image_id", "condition_name", "condition_severity", "score_negative_kl"],
    )
    (tmp_path / "errors").mkdir()
    pq.write_table(pa.Table.from_pandas(rows), tmp_path / "errors" / "scores.parquet")
    known = image_sensitivity(plan, 0, tmp_path, ["b", "a"]).set_index("image_id")
    assert known.loc["a", "consistency"] == -0.25
    assert np.isnan(known.loc["b", "consistency"])
