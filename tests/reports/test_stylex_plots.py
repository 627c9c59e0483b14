from matplotlib.figure import Figure

from reports.stylex_plots import METHODS, sufficiency_lines
from tests.reports.stylex_samples import sufficiency_table


def test_a_line_for_every_method_through_its_points() -> None:
    rows = sufficiency_table()
    rows = rows[rows["way"] == "away"]
    ax = sufficiency_lines(rows, Figure(layout="constrained").subplots())
    assert [line.get_label() for line in ax.lines] == list(METHODS.values())
    for line, method in zip(ax.lines, METHODS, strict=True):
        own = rows[rows["method"] == method]
        assert line.get_xdata().tolist() == own["k"].tolist()
        assert line.get_ydata().tolist() == own["value"].tolist()
    assert len(ax.collections) == len(METHODS)


def test_a_method_that_was_not_tried_keeps_the_others_colours() -> None:
    rows = sufficiency_table()
    whole, part = (
        sufficiency_lines(own, Figure(layout="constrained").subplots())
        for own in (rows, rows[rows["method"] != "groups"])
    )
    assert [line.get_color() for line in part.lines] == [line.get_color() for line in whole.lines][1:]
