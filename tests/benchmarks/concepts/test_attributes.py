from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from benchmarks.concepts.attributes import (
    Attribute,
    class_attribute,
    image_attribute,
    pair_rows,
    read_attributes,
    twin_rows,
)

IDS = ["a/1.png", "a/2.png", "b/3.png", "b/4.png"]


def write(path: Path, *lines: str) -> Path:
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def test_columns_become_attributes_in_the_order_of_the_images(tmp_path: Path) -> None:
    table = write(tmp_path / "a.csv", "age,path,colour,few", "3.5,b/3.png,red,1", ",a/1.png,blue,0", "9,a/2.png,,1")
    age, colour, few = read_attributes(table, IDS)
    assert age.number and age.known.tolist() == [False, True, True, False]
    assert age.values[age.known].tolist() == [9.0, 3.5]
    assert not colour.number and colour.known.tolist() == [True, False, True, False]
    assert colour.values[colour.known].tolist() == [0, 1]
    assert not few.number and not few.constant
    assert few.values[few.known].tolist() == [0, 1, 1]


def test_file_names_will_do(tmp_path: Path) -> None:
    (one,) = read_attributes(write(tmp_path / "a.csv", "file,size", "4.png,big", "1.png,small", "9.png,big"), IDS)
    assert one.known.tolist() == [True, False, False, True]


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        (["id,size", "1,big"], "expected a column among image_id, path, .*, got id, size"),
        (["name,class", "1,big"], "expected attributes of other names than class and residual"),
        (["name,size", "x,big"], "expected image ids such as 'a/1.png' .* got 'x' and others"),
        (["name,size", "1.png,big", "1.png,small"], "expected every image once .* got 1 rows"),
    ],
)
def test_tables_that_cannot_be_used(tmp_path: Path, lines: list[str], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        read_attributes(write(tmp_path / "a.csv", *lines), IDS)


def test_partners_share_what_is_known(tmp_path: Path) -> None:
    generator = torch.Generator().manual_seed(0)
    labels = class_attribute([0, 1, 0, 1, 0, 1, 2])
    pairs = pair_rows(labels, torch.arange(7), generator=generator)
    assert torch.equal(labels.values[pairs[:, 0]], labels.values[pairs[:, 1]]) and 6 not in pairs
    number = image_attribute("size", np.linspace(0, 1, 200), source="here").extend(50)
    pairs = pair_rows(number, torch.arange(250), generator=generator)
    assert pairs.max() < 200 and (number.values[pairs[:, 0]] - number.values[pairs[:, 1]]).abs().max() < 0.02
    assert number.take(torch.tensor([3, 249])).known.tolist() == [True, False]
    assert image_attribute("same", np.ones(3, dtype=int), source="here").constant


def twins_of(values: list[int], twins: list[int]) -> Attribute:
    attribute = class_attribute(values)
    return replace(attribute, twins=torch.tensor(twins))


def test_twins_are_found_whatever_the_order_and_once_for_each_draw() -> None:
    attribute = twins_of([1, 0, 5, 0, 1, 0], [8, 7, -1, 8, 7, 9])
    assert sorted(twin_rows(attribute, torch.arange(6)).tolist()) == [[1, 4], [3, 0]]
    assert twin_rows(attribute, torch.tensor([3, 3, 0])).tolist() == [[3, 0], [3, 0]]
    assert twin_rows(attribute, torch.tensor([2, 5])).shape == twin_rows(attribute, torch.tensor([2])).shape == (0, 2)
    with pytest.raises(ValueError, match="expected copies of images that differ in 'class' alone, got none"):
        twin_rows(class_attribute([0, 1]), torch.arange(2))


def test_twins_stay_twins_in_other_tables() -> None:
    longer = twins_of([0, 1], [3, 3]).extend(2)
    assert longer.twins is not None and longer.twins.tolist() == [3, 3, -1, -1]
    moved = longer.take(torch.tensor([2, 1, 3, 0]))
    assert twin_rows(moved, torch.arange(4)).tolist() == [[3, 1]]
    assert class_attribute([0, 1]).extend(1).twins is None
