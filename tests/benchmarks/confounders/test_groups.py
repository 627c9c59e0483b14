import colorsys

import pytest
import torch

from benchmarks.concepts.attributes import Attribute
from benchmarks.confounders.groups import UNKNOWN, coin, cut_property, table_groups


def flat(colours):
    return torch.tensor(colours, dtype=torch.float32).view(-1, 3, 1, 1).expand(-1, -1, 4, 4)


def test_hue_is_cut_into_equal_parts_of_the_circle():
    turns = torch.arange(40) / 40
    images = flat([colorsys.hsv_to_rgb(turn, 1.0, 1.0) for turn in turns.tolist()])
    cut = cut_property("hue", images, 4)
    assert cut.names[0] == "0-90 degrees" and len(cut.names) == 4
    inside = (turns * 4 % 1) > 0.15  # the angle of the chroma bends a little between primaries
    assert torch.equal(cut(images)[inside], (turns * 4).long()[inside])


def test_other_properties_are_cut_into_groups_of_one_size():
    levels = torch.rand(90, 1, generator=torch.Generator().manual_seed(0)).expand(-1, 3)
    cut = cut_property("brightness", flat(levels.tolist()), 3)
    groups = cut(flat(levels.tolist()))
    assert groups.bincount().tolist() == [30, 30, 30] and len(cut.names) == 3
    assert levels[groups == 0].max() < levels[groups == 1].min() < levels[groups == 2].min()
    assert cut.names[0].startswith("below 0.") and cut.names[2].startswith("from 0.")


def test_columns_of_a_table_are_groups():
    known = torch.tensor([True] * 5 + [False])
    words = Attribute(name="site", values=torch.tensor([0, 1, 1, 0, 2, 0]), known=known, source="")
    groups, names = table_groups(words)
    assert groups.tolist() == [0, 1, 1, 0, 2, UNKNOWN] and names == ("0", "1", "2")
    numbers = Attribute(name="age", values=torch.tensor([1.0, 9.0, 2.0, 8.0, 3.0, 7.0]), known=known, source="")
    groups, names = table_groups(numbers)
    assert groups.tolist() == [0, 1, 0, 1, 0, UNKNOWN] and names == ("up to 3", "above 3")


def test_a_coin_is_fair_and_hangs_on_ids_alone():
    ids = [str(number) for number in range(2000)]
    tossed = coin(ids, 3)
    assert abs(float(tossed.float().mean()) - 0.5) < 0.05
    assert torch.equal(coin(ids[::-1], 3), tossed.flip(0)) and not torch.equal(coin(ids, 4), tossed)


def test_mistakes_are_said():
    images = flat([(0.5, 0.5, 0.5)] * 4)
    with pytest.raises(ValueError, match="expected --properties among hue, saturation.*, got 'age'"):
        cut_property("age", images, 2)
    with pytest.raises(ValueError, match=r"expected --groups in 2..12, got 13"):
        cut_property("hue", images, 13)
    with pytest.raises(ValueError, match="expected images that differ in contrast"):
        cut_property("contrast", images, 2)
    known = torch.ones(100, dtype=torch.bool)
    rare = Attribute(name="site", values=(torch.arange(100) == 0).long(), known=known, source="")
    with pytest.raises(ValueError, match="expected at least 2% of the images in each group of site, got 1 of 100"):
        table_groups(rare)
    one = Attribute(name="site", values=torch.zeros(100).long(), known=known, source="")
    with pytest.raises(ValueError, match=r"expected 2..12 groups of site, got 1"):
        table_groups(one)
