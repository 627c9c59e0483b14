import pyarrow as pa
import pytest
import torch

from benchmarks.explanations.maps import maps_column, read_maps


@pytest.mark.parametrize("count", [0, 1, 5])
def test_maps_come_back_bit_for_bit(count: int) -> None:
    maps = torch.randn(count, 6, 9, generator=torch.Generator().manual_seed(0))
    assert torch.equal(read_maps(pa.table({"map": maps_column(maps)})), maps)


def test_values_that_are_no_numbers_survive() -> None:
    maps = torch.tensor([[[float("nan"), float("inf")], [-0.0, 1e-40]]])
    read = read_maps(pa.table({"map": maps_column(maps)}))
    torch.testing.assert_close(read, maps, rtol=0, atol=0, equal_nan=True)
