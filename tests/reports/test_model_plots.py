import pandas as pd
import pytest

from reports.model_plots import corruption_heat, difference_forest, error_scatter, rank_heat
from reports.style import house_style, new_figure
from tests.reports.model_samples import differences_table, ranks_table
from tests.reports.samples import EVIL, corruptions_table


@pytest.fixture
def ax():
    with house_style():
        figure = new_figure((4, 4))
        yield figure.subplots()
        figure.canvas.draw()


def points(*values):
    names = ("a", EVIL)[: len(values)]
    return pd.DataFrame(
        {"model": names, "value": values, "low": [v - 0.02 for v in values], "high": [v + 0.03 for v in values]}
    )


def test_a_scatter_shows_both_intervals_of_every_model(ax):
    error_scatter(points(0.1, 0.2), points(0.3, 0.5), ax, label="mean corruption error")
    drawn = [line.get_xydata().tolist()[0] for line in ax.lines]
    assert drawn == [[0.1, 0.3], [0.2, 0.5]]
    across = [segment.tolist() for lines in ax.collections for segment in lines.get_segments()]
    assert [[0.08, 0.3], [0.13, 0.3]] in across and [[0.2, 0.48], [0.2, 0.53]] in across
    assert ax.get_xlabel() == "error on clean images"


def test_published_points_are_hollow_and_named(ax):
    published = pd.DataFrame({"model": ["AlexNet"], "clean": [0.435], "corrupted": [100]})
    error_scatter(points(0.2), points(0.5), ax, label="mCE", published=published)
    assert ax.lines[0].get_markerfacecolor() == "none"
    assert [text.get_text() for text in ax.figure.legends[0].get_texts()] == ["published, by others", "a"]


def test_differences_stand_beside_zero(ax):
    rows = differences_table(("a", "b", EVIL))
    rows = rows[rows["metric"] == "error"]
    difference_forest(rows, ax)
    assert ax.lines[0].get_xdata() == [0, 0]
    assert ax.lines[1].get_xdata().tolist() == [0.05] * 3
    assert ax.get_yticklabels()[0].get_text() == "a\nminus b"
    assert ax.get_xlabel() == "difference, 95 % interval"


def test_ranks_are_ordered_by_their_mean(ax):
    ranks = ranks_table(("late", "early"))
    swapped = ranks[ranks["metric"] == "error"].copy()
    swapped["model"] = swapped["model"].map({"late": "early", "early": "late"})
    rank_heat(swapped, ax)
    assert [label.get_text() for label in ax.get_yticklabels()] == ["early", "late"]
    assert [text.get_text() for text in ax.texts] == ["70%", "30%", "30%", "70%"]


def test_the_heat_table_has_a_number_for_each_model_and_corruption(ax):
    table = corruptions_table(("a", "b", EVIL), ("fog", "snow"))
    corruption_heat(table[table["condition_name"] != "snow"], ax)
    assert [text.get_text() for text in ax.texts] == ["0.12", "0.15", "0.18"]
    ax.clear()
    gap = table.drop(index=table.index[-1])
    corruption_heat(gap, ax)
    assert len(ax.texts) == 5 and ax.get_yticklabels()[1].get_text() == "snow"
