import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure

from reports.plots import heat_table, model_key, reliability_diagram, risk_coverage_curve, severity_curve
from tests.reports.samples import NAMES, cells, reliability, risk_coverage


@pytest.fixture
def ax():
    return Figure().subplots()


def one_corruption(*models: str) -> pd.DataFrame:
    frame = cells(models, ("fog", "snow"), (1, 3))
    return frame[(frame["metric"] == "accuracy") & frame["condition_name"].isin(["clean", "fog"])]


def test_severity_curve_shows_the_frame_and_nothing_else(ax):
    frame = one_corruption("a", "b")
    assert severity_curve(frame, ax) is ax
    assert len(ax.lines) == 2
    mine = frame[frame["model"] == "a"]
    assert ax.lines[0].get_xdata().tolist() == [0, 1, 3]
    assert ax.lines[0].get_ydata().tolist() == mine["value"].tolist()
    assert len(ax.collections) == 2
    assert ax.get_ylim() == (0, 1)
    assert ax.get_title() == "fog"


def test_severity_curve_sorts_by_severity(ax):
    severity_curve(one_corruption("a").iloc[::-1], ax)
    assert ax.lines[0].get_xdata().tolist() == [0, 1, 3]


def test_heat_table_writes_each_value_in_its_cell(ax):
    frame = cells(("a",), NAMES, (1, 5))
    frame = frame[frame["metric"] == "accuracy"]
    assert heat_table(frame, ax) is ax
    shifted = frame[frame["condition_kind"] != "clean"]
    written = {(round(text.get_position()[1] - 0.5), round(text.get_position()[0] - 0.5)): text for text in ax.texts}
    for row, name in enumerate(NAMES):
        for column, severity in enumerate((1, 5)):
            mine = shifted[(shifted["condition_name"] == name) & (shifted["condition_severity"] == severity)]
            assert written[row, column].get_text() == f"{mine['value'].item():.2f}"
    assert ax.collections[0].get_clim() == (0, 1)
    assert [label.get_text() for label in ax.get_yticklabels()][:4] == list(NAMES[:4])


def test_heat_table_leaves_gaps_where_a_cell_is_missing(ax):
    frame = cells(("a",), ("fog", "snow"), (1, 5))
    frame = frame[frame["metric"] == "accuracy"].drop(index=frame.index[-4])
    frame.loc[frame.index[1], "value"] = np.nan
    heat_table(frame, ax)
    assert len(ax.texts) == 2


def test_reliability_diagram_skips_empty_bins_and_counts_the_rest(ax):
    frame = reliability(("a",))
    frame = frame[frame["group"] == "clean"]
    assert reliability_diagram(frame, ax) is ax
    filled = frame[frame["n"] > 0]
    assert [text.get_text() for text in ax.texts] == [f"{n:,}" for n in filled["n"]]
    assert len(ax.patches) == len(filled)
    assert ax.get_xlim() == ax.get_ylim() == (0, 1)


def test_risk_coverage_curve_starts_at_zero_and_separates_groups(ax):
    assert risk_coverage_curve(risk_coverage(("a", "b")), ax) is ax
    assert ax.get_ylim()[0] == 0
    assert [line.get_linestyle() for line in ax.lines] == ["-", "--", "-", "--"]
    assert len({line.get_color() for line in ax.lines}) == 2


def test_words_may_be_categories(ax):
    frame = risk_coverage(("a", "b")).astype({"model": "category", "group": "category"})
    risk_coverage_curve(frame[frame["group"] == "clean"], ax)
    assert len(ax.lines) == 2


def test_model_key_names_at_most_eight(ax):
    model_key(pd.DataFrame({"model": [f"_model {index}" for index in range(12)]}), ax)
    assert len(ax.get_legend().get_texts()) == 8


def test_legends_tell_long_names_apart(ax):
    names = ("resnet50_of_old.recipe_1_with_a_long_name", "resnet50_of_old.recipe_2_with_a_long_name")
    model_key(pd.DataFrame({"model": names}), ax)
    assert len({text.get_text() for text in ax.get_legend().get_texts()}) == 2
    legend = risk_coverage_curve(risk_coverage(names), Figure().subplots()).get_legend()
    assert len({text.get_text() for text in legend.get_texts()}) == 4
