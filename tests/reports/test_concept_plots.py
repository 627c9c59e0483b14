import pytest

from reports.concept_plots import deviation_dots, factor_dots, factor_matrix
from reports.style import house_style, new_figure
from tests.reports.concept_samples import concept_tables


def test_dots_stand_at_the_figures_of_every_map() -> None:
    rows = concept_tables()["concepts"]
    rows = rows[rows["metric"] == "swap_changes"]
    with house_style():
        ax = factor_dots(rows, new_figure((4, 3)).subplots())
    assert [label.get_text() for label in ax.get_yticklabels()] == ["marker", "hue", "residual"]
    assert [line.get_label() for line in ax.get_lines()] == ["linear", "flow"]
    assert list(ax.get_lines()[1].get_xdata()) == [0.33, 0.02, 0.01]


def test_a_matrix_says_every_figure_with_its_interval() -> None:
    rows = concept_tables()["concepts"]
    rows = rows[rows["metric"].eq("leakage") & rows["map"].eq("flow")]
    with house_style():
        ax = factor_matrix(rows, new_figure((4, 3)).subplots(), most=1.0)
    words = [text.get_text() for text in ax.texts]
    assert words[:2] == ["0.90", "[0.85, 0.95]"] and len(words) == 2 * len(rows)
    assert ax.texts[0].get_color() == "white" != ax.texts[2].get_color()


def test_deviations_stand_around_zero() -> None:
    with house_style():
        ax = deviation_dots(concept_tables()["concepts_wrong"], new_figure((4, 3)).subplots())
    assert [label.get_text() for label in ax.get_yticklabels()] == ["marker: 1", "hue: value"]
    assert list(ax.get_lines()[1].get_xdata()) == pytest.approx([-1.2, 0.05])
