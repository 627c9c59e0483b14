import pytest

from reports.statistics_plots import depth_dots, depth_lines
from reports.style import house_style, new_figure
from tests.reports.statistics_samples import statistics_table


def axes():
    return new_figure((4.7, 3.5)).subplots()


@pytest.mark.parametrize(
    ("metrics", "series"), [(("flip_rate", "takeover_rate"), 3), (("accuracy_drop",), 2)], ids=["flips", "accuracy"]
)
def test_depths_stand_in_forward_order_and_every_dot_is_a_row(metrics, series):
    table = statistics_table()
    rows = table[table["metric"].isin(metrics) & (table["depth"] != "all")]
    with house_style():
        ax = depth_dots(rows[rows["pairs"].isin(["other_class", "same_class"])], axes())
    labels = [tick.get_text() for tick in ax.get_yticklabels()]
    assert labels == ["pixels", "stem · 20 %", "layer1 · 60 %", "layer2 · 95 %"]
    assert ax.get_ylim()[0] > ax.get_ylim()[1]
    dots = [line for line in ax.lines if line.get_linestyle() == "None"]
    assert [len(line.get_xdata()) for line in dots] == [4] * series
    other = rows[(rows["metric"] == metrics[0]) & (rows["pairs"] == "other_class")]
    assert list(dots[0].get_xdata()) == list(other["value"])
    ax.figure.canvas.draw()
    ticks = [tick.get_text() for tick in ax.get_xticklabels()]
    assert ("%" in "".join(ticks)) == (metrics[0] == "flip_rate"), "percent of images, or points"
    assert ax.get_xlim()[0] <= 0, "the axis holds zero"


def test_models_are_lines_against_the_share_of_the_network():
    table = statistics_table(("a", "b"))
    rows = table[(table["metric"] == "flip_rate") & (table["pairs"] == "other_class") & table["share"].notna()]
    with house_style():
        ax = depth_lines(rows, axes())
    assert [line.get_label() for line in ax.lines] == ["a", "b"]
    assert list(ax.lines[0].get_xdata()) == [0, 0.2, 0.6, 0.95]
    assert ax.get_ylim()[0] == 0
