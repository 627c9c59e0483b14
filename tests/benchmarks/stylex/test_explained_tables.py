from benchmarks.stylex.explained_tables import (
    attributes_table,
    coordinates_table,
    courses_table,
    moved,
    sufficiency_table,
)
from benchmarks.stylex.frames import attribute_courses
from benchmarks.summary.figures import FIGURE
from tests.benchmarks.stylex.painted import painted_explained
from xai.stylex import Shift

HEAD = {"model": "net", "class_name": "bright"}


def test_every_figure_has_its_interval_and_convention() -> None:
    found = painted_explained()
    for table in (attributes_table(found, **HEAD), sufficiency_table(found, **HEAD)):
        assert list(table)[-5:] == FIGURE and (table["model"] == "net").all()
        assert ((table["low"] <= table["value"]) & (table["value"] <= table["high"])).all()
        assert (table["n"] > 0).all() and table["convention"].str.len().gt(10).all()


def test_attributes_are_told_by_what_they_do() -> None:
    table = attributes_table(painted_explained(), **HEAD).set_index("metric")
    assert set(table.index) == {"swing", "turned_towards", "turned_away"}
    assert table["coordinates"].nunique() == 1 and table["coordinates"].iloc[0] in (
        "4/conv0:0↑ 4/conv0:1↓",
        "4/conv0:1↓ 4/conv0:0↑",
    )
    assert table.loc["turned_away", "value"] == 1 and table["significant"].all()


def test_curves_begin_without_any_attribute() -> None:
    table = sufficiency_table(painted_explained(), **HEAD)
    first = table[table["k"] == 0]
    assert len(first) == 8 and (first["value"] == 0).all()
    assert set(table["n"]) == {12}


def test_single_coordinates_say_how_the_search_went() -> None:
    table = coordinates_table(painted_explained(), **HEAD)
    assert table.groupby("way")["rank"].min().eq(1).all()
    assert table["coordinate"].iloc[0] == "4/conv0:0↑"
    assert (table["calls"] > 0).all()


def test_coordinates_are_counted_within_their_layer() -> None:
    layers = painted_explained().system.layers
    shift = Shift(coordinates=(5, 6, 27), directions=(0, 1, 1))
    assert moved(shift, layers) == "4/conv0:5↓ 8/conv0:0↑ 8/to_rgb:4↑"


def test_courses_are_listed_as_they_are_drawn() -> None:
    found = painted_explained()
    drawn = attribute_courses(found)
    table = courses_table(found, drawn, model="net", class_name="bright")
    assert table["image"].tolist() == [course.row for own in drawn for course in own]
    assert set(table["attribute"]) == {1} and set(table["frames"]) == {7} and table["significant"].all()
