import torch

from robustness.corruptions.levels import look_up, truncate


def test_truncate_floors_inside_the_range_and_clips_outside():
    values = torch.arange(-600, 1400) / 4
    expected = [min(max(int(value // 1), 0), 255) for value in values.tolist()]
    assert truncate(values.clone()).tolist() == expected
    assert truncate(values.double()).tolist() == expected
    assert truncate(values.clone()).dtype == torch.uint8


def test_look_up_equals_plain_indexing():
    table = torch.arange(512).flip(0)
    index = torch.arange(24, dtype=torch.int32).view(2, 3, 4) * 7
    assert look_up(table, index).tolist() == table[index.long()].tolist()
    assert look_up(table, index.transpose(0, 2)).tolist() == table[index.transpose(0, 2).long()].tolist()
