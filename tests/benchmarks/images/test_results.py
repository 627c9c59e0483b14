from pathlib import Path

import pandas as pd

from benchmarks.images import join_images, write_images
from reports.tables import read_tables


def test_the_frame_and_its_tables_are_written_and_read_back(run: Path) -> None:
    images = write_images(run)
    assert images is not None
    pd.testing.assert_frame_equal(pd.read_parquet(run / "tables" / "images.parquet"), images)
    pd.testing.assert_frame_equal(images, join_images(run))
    tables = read_tables(run)
    assert {"images", "images_shared", "images_flips"} <= set(tables) and len(tables["images"]) == 30
    assert set(tables["images_flips"]["condition_name"]) == {"brightness"}
    before = (run / "tables" / "images.parquet").read_bytes()
    write_images(run)
    assert (run / "tables" / "images.parquet").read_bytes() == before


def test_a_folder_without_records_is_left_alone(tmp_path: Path) -> None:
    assert write_images(tmp_path) is None and not list(tmp_path.iterdir())
