from pathlib import Path

import pandas as pd

from reports.stylex_views import attributes_view, fidelity_view
from reports.tables import read_tables, write_tables
from tests.reports.samples import EVIL
from tests.reports.stylex_samples import attributes_table, fidelity_table


def test_a_row_for_every_attribute_with_its_figures_and_whether_it_can_be_chance() -> None:
    view = attributes_view(attributes_table())
    assert [row[0].text for row in view.rows] == ["attribute 1", "attribute 2", "attribute 3"]
    assert view.rows[0][1].text == "4.200 [3.360, 4.620]"
    assert [row[4].text for row in view.rows] == ["yes", "yes", "no"]
    assert [row[5].text for row in view.rows] == ["< 0.0001", "< 0.0001", "0.4"]
    assert all(len(row) == len(view.heads) for row in view.rows)
    assert "of 8" in view.title


def test_tables_read_from_files_say_the_same(tmp_path: Path) -> None:
    write_tables(tmp_path, {"stylex_attributes": attributes_table("007")})
    (table,) = read_tables(tmp_path).values()
    read, made = (attributes_view(one) for one in (table, attributes_table("007")))
    assert [[cell.text for cell in row] for row in read.rows] == [[cell.text for cell in row] for row in made.rows]


def test_several_classes_have_a_column_and_names_are_text() -> None:
    view = attributes_view(pd.concat([attributes_table(EVIL), attributes_table("0")]))
    assert view.heads[1].text == "Class" and view.rows[0][1].text == f"{EVIL}, net"


def test_fidelity_is_a_row_a_measure() -> None:
    view = fidelity_view(fidelity_table())
    assert [row[0].text for row in view.rows] == ["Same decision", "Pixel difference", "Turned by the class alone"]
    assert all(len(row) == len(view.heads) for row in view.rows)
