from pathlib import Path

import pyarrow as pa
import pytest
import torch

from benchmarks.explanations.parts import maps_column, read_maps, read_part, write_part


@pytest.mark.parametrize("count", [0, 1, 5])
def test_maps_come_back_bit_for_bit(tmp_path: Path, count: int) -> None:
    maps = torch.randn(count, 6, 9, generator=torch.Generator().manual_seed(0))
    write_part(pa.table({"map": maps_column(maps)}), tmp_path / "a.parquet", "key", note="so it was")
    part = read_part(tmp_path / "a.parquet", "key")
    assert part is not None
    assert torch.equal(read_maps(part[0]), maps)
    assert part[1] == "so it was"


def test_values_that_are_no_numbers_survive(tmp_path: Path) -> None:
    maps = torch.tensor([[[float("nan"), float("inf")], [-0.0, 1e-40]]])
    write_part(pa.table({"map": maps_column(maps)}), tmp_path / "a.parquet", "key")
    table, _ = read_part(tmp_path / "a.parquet", "key") or (None, "")
    torch.testing.assert_close(read_maps(table), maps, rtol=0, atol=0, equal_nan=True)


def test_what_is_foreign_damaged_or_missing_counts_as_nothing(tmp_path: Path) -> None:
    path = tmp_path / "a.parquet"
    assert read_part(path, "key") is None
    write_part(pa.table({"map": maps_column(torch.zeros(2, 4, 4))}), path, "key")
    assert read_part(path, "other") is None
    path.write_bytes(path.read_bytes()[:-40])
    assert read_part(path, "key") is None
