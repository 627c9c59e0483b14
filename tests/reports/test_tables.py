import math

import pandas as pd
import pytest

from reports.tables import each_row, format_count, format_interval, format_value, read_tables, write_tables
from tests.reports.samples import NAMES, sample_tables

HARD = (*NAMES, "nan", "None", "null", "", " x ", "007", "1e5", "a\rb", "\r\n", '"', "'", "true", "#N/A", "-inf")


def test_any_class_name_survives(tmp_path):
    frame = pd.DataFrame(
        {"class_name": HARD, "value": [index / 3 for index in range(len(HARD))], "n": range(len(HARD))}
    )
    write_tables(tmp_path, {"classes": frame})
    read = read_tables(tmp_path)["classes"]
    assert read["class_name"].tolist() == list(HARD)
    assert read["n"].tolist() == frame["n"].tolist()
    assert read["value"].tolist() == pytest.approx(frame["value"].tolist(), rel=1e-5)


def test_every_table_survives_with_its_types(tmp_path):
    tables = sample_tables(names=tuple("0123456789"))
    write_tables(tmp_path, tables)
    read = read_tables(tmp_path)
    assert list(read) == sorted(tables)
    for name, frame in tables.items():
        assert read[name].columns.tolist() == frame.columns.tolist()
        for column in frame.columns:
            assert pd.api.types.is_numeric_dtype(read[name][column]) == pd.api.types.is_numeric_dtype(frame[column])
    pd.testing.assert_frame_equal(read["headline"], tables["headline"], rtol=1e-5)


def test_writing_what_was_read_gives_the_same_bytes(tmp_path):
    write_tables(tmp_path / "a", sample_tables(names=NAMES))
    write_tables(tmp_path / "b", read_tables(tmp_path / "a"))
    for path in (tmp_path / "a" / "tables").iterdir():
        assert path.read_bytes() == (tmp_path / "b" / "tables" / path.name).read_bytes()


def test_files_have_six_digits_and_plain_newlines(tmp_path):
    write_tables(tmp_path, {"t": pd.DataFrame({"metric": ["ece"], "value": [1 / 3]})})
    assert (tmp_path / "tables" / "t.csv").read_bytes() == b"metric,value\nece,0.333333\n"


def test_gaps_come_back_as_nan(tmp_path):
    frame = pd.DataFrame({"metric": ["a", "b"], "value": [0.5, None], "low": [None, None]})
    write_tables(tmp_path, {"t": frame})
    read = read_tables(tmp_path)["t"]
    assert read["value"].isna().tolist() == [False, True]
    assert read["low"].isna().all()
    assert read["low"].dtype == float


def test_an_empty_table_keeps_its_columns(tmp_path):
    write_tables(tmp_path, {"skipped": pd.DataFrame({"path": [], "status": []})})
    read = read_tables(tmp_path)["skipped"]
    assert read.columns.tolist() == ["path", "status"]
    assert read.empty


@pytest.mark.parametrize("content", [b"", b'a,b\n"open', b"\xff\xfe\x00", b"a,b\n1,2,3,4\n1\n1,2,3,4,5\n"])
def test_a_damaged_table_is_named(tmp_path, content):
    (tmp_path / "tables").mkdir()
    (tmp_path / "tables" / "cells.csv").write_bytes(content)
    with pytest.raises(ValueError, match=r"expected a CSV table in .*cells\.csv"):
        read_tables(tmp_path)


def test_no_tables(tmp_path):
    assert read_tables(tmp_path) == {}


@pytest.mark.parametrize(
    ("figure", "expected"),
    [
        ((0.934, 0.917, 0.949), "0.934 [0.917, 0.949]"),
        ((0.0031, 0.0018, 0.0052), "0.0031 [0.0018, 0.0052]"),
        ((0.5, math.nan, math.nan), "0.500"),
        ((1.0, 1.0, 1.0), "1.000 [1.000, 1.000]"),
        ((math.nan, math.nan, math.nan), "–"),
        ((0.9, 0.90000001, 0.9), "0.900 [0.900, 0.900]"),
        ((76.7, 75.9, 77.4, "percent"), "76.7\xa0% [75.9, 77.4]"),
        ((12.34, 11.9, 12.8, "x1000"), "12.34 [11.90, 12.80]"),
        ((0.0001, -0.00001, 0.0003), "0.0001 [0.0000, 0.0003]"),  # not minus zero
    ],
)
def test_figures_show_the_digits_their_interval_deserves(figure, expected):
    assert format_interval(*figure) == expected


def test_a_figure_without_interval_has_an_empty_bracket():
    assert format_value(0.5, math.nan, math.nan) == ("0.500", "")


def test_counts():
    assert format_count(1234567) == "1,234,567"


def test_rows_keep_their_order():
    assert [row.n for row in each_row(pd.DataFrame({"n": [3, 1, 2]}, index=[9, 8, 7]))] == [3, 1, 2]
