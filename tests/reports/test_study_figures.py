from matplotlib.figure import Figure

from reports.figures import draw_plans
from reports.study_figures import gain_dots, plan_study_figures
from tests.reports.study_samples import study_rows


def test_every_classifier_has_a_dot_and_an_interval_over_each_score() -> None:
    ax = Figure().subplots()
    frame = study_rows(["a", "$b$"])
    gain_dots(frame[(frame["metric"] == "auroc_gain") & (frame["population"] == "mild")], ax)
    first, second, zero = ax.get_lines()
    assert list(first.get_xdata()) == [0.05, 0.05] and list(second.get_xdata()) == [-0.01, -0.01]
    assert list(zero.get_xdata()) == [0, 0]
    assert [segments.get_segments()[0][:, 0].round(3).tolist() for segments in ax.collections] == [
        [0.04, 0.07],
        [-0.02, 0.01],
    ]
    assert [label.get_text() for label in ax.get_yticklabels()] == ["a", "($b$)"], "brackets: it does not count"


def test_there_is_one_figure_for_a_study_and_none_without() -> None:
    (plan,) = plan_study_figures({"error_study": study_rows(["a", "b"])})
    assert plan.section == "study" and "a +0.050; b +0.050" in plan.alt
    assert draw_plans([plan]) == draw_plans([plan])
    assert plan_study_figures({}) == [] == plan_study_figures({"error_study": study_rows(["a"])[:0]})
    (plan,) = plan_study_figures({"error_study": study_rows([f"net {number}" for number in range(50)])})
    assert plan.size[1] < 20, "no more than a page holds"
