import errno
import json
import re

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from reports.records import (
    SCHEMA,
    FullDiskError,
    check_records,
    count_records,
    read_records,
    read_run,
    write_atomically,
    write_records,
    write_run,
)
from tests.reports.samples import EVIL

ROW = {
    "model": "m", "dataset": "d", "image_id": "i0", "path": "a/汉.png", "label": 1, "label_name": EVIL,
    "condition_kind": "corruption", "condition_name": "fog", "condition_severity": 3, "seed": -(2**62), "status": "ok",
    "note": "", "prediction": 0, "prediction_name": "NA", "top5": [0, 1], "rank": 2, "correct": False,
    "max_probability": 0.75, "margin": 0.5, "entropy": 0.56, "energy": 1.5, "max_logit": 1.25, "loss": 1.4,
    "brier": 1.1,
}  # fmt: skip
FAILED = {**dict.fromkeys(SCHEMA.names), **{name: ROW[name] for name in SCHEMA.names[:12]}, "status": "empty"}


def table(*rows: dict) -> pa.Table:
    return pa.Table.from_pylist(list(rows))


def test_rows_come_back_as_written(tmp_path):
    write_records(table(ROW, FAILED), tmp_path / "records" / "0.parquet")
    write_records(table({**ROW, "model": "n"}), tmp_path / "records" / "1.parquet")
    frame = read_records(tmp_path)
    assert frame["model"].tolist() == ["m", "m", "n"]
    first = frame.iloc[0].to_dict()
    assert list(first.pop("top5")) == ROW["top5"]
    assert first == {name: value for name, value in ROW.items() if name != "top5"}


def test_rows_without_prediction_stay_empty(tmp_path):
    write_records(table(ROW, FAILED), tmp_path / "records" / "0.parquet")
    frame = read_records(tmp_path)
    assert frame.loc[1, SCHEMA.names[12:]].isna().all()
    assert frame["status"].tolist() == ["ok", "empty"]


def test_columns_can_be_chosen(tmp_path):
    write_records(table(ROW), tmp_path / "records" / "0.parquet")
    assert read_records(tmp_path, ["loss", "model"]).columns.tolist() == ["loss", "model"]


def test_column_order_does_not_matter():
    shuffled = table(ROW).select(SCHEMA.names[::-1])
    assert check_records(shuffled).schema.names == SCHEMA.names


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ({name: value for name, value in ROW.items() if name != "loss"}, r"missing \['loss'\], unknown \[\]"),
        ({**ROW, "extra": 1}, r"missing \[\], unknown \['extra'\]"),
        ({**ROW, "label": "cat"}, "expected record columns of schema 1"),
        ({**ROW, "condition_severity": 300}, "expected record columns of schema 1"),
        ({**ROW, "status": None}, "`?status`?"),
    ],
)
def test_wrong_columns_are_named(tmp_path, row, message):
    with pytest.raises(ValueError, match=message):
        write_records(table(row), tmp_path / "records" / "0.parquet")
    assert not (tmp_path / "records").exists()


def test_another_version_is_refused(tmp_path):
    (tmp_path / "records").mkdir()
    other = check_records(table(ROW)).replace_schema_metadata({b"classifier_audit_schema": b"99"})
    pq.write_table(other, tmp_path / "records" / "0.parquet")
    with pytest.raises(ValueError, match=r"expected record schema 1 in .*, got 99"):
        read_records(tmp_path)


def test_a_foreign_parquet_file_is_refused(tmp_path):
    (tmp_path / "records").mkdir()
    pq.write_table(pa.table({"x": [1]}), tmp_path / "records" / "0.parquet")
    with pytest.raises(ValueError, match="got none"):
        read_records(tmp_path)


@pytest.mark.parametrize("keep", [0, 4, 100, -20])
def test_a_truncated_file_is_named_with_the_remedy(tmp_path, keep):
    path = tmp_path / "records" / "0.parquet"
    write_records(table(ROW), path)
    path.write_bytes(path.read_bytes()[:keep])
    with pytest.raises(ValueError, match=rf"{re.escape(str(path))}.*delete the file"):
        read_records(tmp_path)


def test_no_records(tmp_path):
    with pytest.raises(FileNotFoundError, match="run the audit first"):
        read_records(tmp_path)


def test_an_interrupted_write_leaves_the_old_file_and_no_other(tmp_path, monkeypatch):
    path = tmp_path / "file"
    write_atomically(path, b"old")

    def fail(handle):
        raise KeyboardInterrupt

    monkeypatch.setattr("os.fsync", fail)
    with pytest.raises(KeyboardInterrupt):
        write_atomically(path, b"new")
    assert path.read_bytes() == b"old"
    assert [entry.name for entry in tmp_path.iterdir()] == ["file"]


@pytest.mark.parametrize("reason", [errno.ENOSPC, errno.EDQUOT])
def test_a_full_disk_is_named_and_the_old_file_stays(tmp_path, monkeypatch, reason):
    path = tmp_path / "file"
    write_atomically(path, b"old")

    def fail(handle):
        raise OSError(reason, "no")

    monkeypatch.setattr("os.fsync", fail)
    with pytest.raises(FullDiskError, match=rf"room for 3 bytes in {tmp_path}, got .* bytes free on that disk"):
        write_atomically(path, b"new")
    assert path.read_bytes() == b"old"
    assert [entry.name for entry in tmp_path.iterdir()] == ["file"]


def test_other_failures_of_a_disk_keep_their_words(tmp_path, monkeypatch):
    def fail(handle):
        raise OSError(errno.EIO, "Input/output error")

    monkeypatch.setattr("os.fsync", fail)
    with pytest.raises(OSError, match="Input/output error"):
        write_atomically(tmp_path / "file", b"new")


def test_the_footer_tells_the_number_of_records(tmp_path):
    write_records(table(ROW, FAILED), tmp_path / "whole")
    assert count_records(tmp_path / "whole") == 2
    (tmp_path / "cut").write_bytes((tmp_path / "whole").read_bytes()[:-4])
    assert count_records(tmp_path / "cut") == count_records(tmp_path / "absent") == 0


def test_equal_rows_give_equal_bytes(tmp_path):
    for name in "ab":
        write_records(table(ROW, FAILED), tmp_path / name)
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()


def test_a_run_comes_back_as_written(tmp_path):
    metadata = {"title": EVIL, "class_names": ["汉", "NA"], "seconds": 1.5, "nothing": None}
    write_run(tmp_path, metadata)
    assert read_run(tmp_path) == metadata
    assert json.loads((tmp_path / "run.json").read_text(encoding="utf-8")) == metadata


def test_a_folder_without_run_is_refused(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"expected a run folder with run\.json"):
        read_run(tmp_path)


def test_a_damaged_run_is_refused(tmp_path):
    (tmp_path / "run.json").write_text("{")
    with pytest.raises(ValueError, match="expected JSON in"):
        read_run(tmp_path)
