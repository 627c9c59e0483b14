from reports.invariance_plots import layer_lines
from reports.style import house_style, new_figure
from tests.reports.invariance_samples import invariance_tables

SERIES = {"autoencoder": "ceiling", "flow": "flow", "linear": "baseline"}


def test_lines_over_layers_in_order_and_the_ceiling_across():
    table = invariance_tables()["invariances"]
    rows = table[table["metric"] == "kept_decision"]
    with house_style():
        ax = layer_lines(rows, new_figure((4.7, 3.2)).subplots(), series=SERIES, ylabel="kept")
    assert [tick.get_text() for tick in ax.get_xticklabels()] == ["layer2", "layer4", "logits"]
    assert [line.get_label() for line in ax.lines] == ["ceiling", "flow", "baseline"]
    assert list(ax.lines[0].get_ydata()) == [0.97, 0.97] and list(ax.lines[0].get_xdata()) == [0, 2]
    assert list(ax.lines[1].get_ydata()) == [0.9, 0.9, 0.9]
    assert ax.get_ylim()[0] == 0 and ax.get_ylabel() == "kept"


def test_a_kind_without_rows_is_not_drawn():
    table = invariance_tables()["invariances"]
    rows = table[table["metric"] == "explained_by_v"]
    with house_style():
        ax = layer_lines(rows, new_figure((4.7, 3.2)).subplots(), series=SERIES, ylabel="discarded")
    assert [line.get_label() for line in ax.lines] == ["flow", "baseline"]
