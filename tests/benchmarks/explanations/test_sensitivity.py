from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from benchmarks.engines import running_engines
from benchmarks.explanations import image_sensitivity
from benchmarks.explanations.sensitivity import SENSITIVITY
from benchmarks.sweep import run_sweep
from reports.records import read_records, write_records
from tests.benchmarks.explanations.conftest import CPU, write_scores
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
    first, second, third, fourth = sorted(sample.image_id for sample in plan.samples.entries)[:4]
    write_scores(
        tmp_path,
        [
            ("colour", first, "clean", 0, "ok", 1, -0.25),
            ("colour", second, "clean", 0, "ok", 1, -0.75),
            ("colour", third, "clean", 0, "truncated", None, None),
            ("colour", first, "fog", 1, "ok", 2, -9.0),
            ("colour", second, "fog", 1, "ok", 1, -9.0),
            ("other", fourth, "clean", 0, "ok", 1, -7.0),
        ],
    )
    known = image_sensitivity(plan, 0, tmp_path, [second, third, first, fourth]).set_index("image_id")
    assert known["consistency"].dropna().to_dict() == {second: -0.75, first: -0.25}
    assert known["consistency_rank"].dropna().to_dict() == {second: 0.0, first: 0.5}
    assert known["corrupted_flips"].dropna().to_dict() == {second: 0.0, first: 1.0}


def test_an_audits_records_count_before_those_of_error_detection(
    make_plan: MakePlan, colour_folder: Path, tmp_path: Path
) -> None:
    plan = make_plan(colour_folder)
    with running_engines(plan, device=CPU, batch_size=8) as engines:
        run_sweep(plan, tmp_path, engines)
    one = plan.samples.entries[0].image_id
    write_scores(tmp_path, [("colour", one, "clean", 0, "ok", 1, -0.25), ("colour", one, "fog", 1, "ok", 2, -9.0)])
    known = image_sensitivity(plan, 0, tmp_path, [one]).iloc[0]
    assert known["conditions"] == 2 and known["consistency"] == -0.25
