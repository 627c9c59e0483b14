import pandas as pd
import pytest

from reports.explanation_figures import EXPLANATION_TABLES, plan_explanation_figures
from reports.figures import draw_plans
from tests.reports.test_scoreboard_plots import board


def tables(models=("resnet",)):
    checks = [
        (model, group, method, metric)
        for model in models
        for group in ("random", "confidently_wrong")
        for method in ("occlusion", "grad_cam")
        for metric in ("insertion_blurred", "sensitivity", "relative_gap")
    ]
    summary = pd.DataFrame(checks, columns=["model", "group", "method", "metric"])
    agreement = pd.DataFrame({"model": list(models), "method": "occlusion", "other": "grad_cam"})
    figure = {"value": 0.5, "low": 0.4, "high": 0.6, "n": 9, "convention": "as told"}
    return {
        "explanations_summary": summary.assign(**figure),
        "explanations_agreement": agreement.assign(metric="rank_correlation", **figure),
        "planted": board(),
    }


def test_each_table_gives_its_figures():
    plans = plan_explanation_figures(tables())
    assert [plan.name for plan in plans] == [
        "explanations_insertion_blurred_01", "explanations_sensitivity_01", "explanations_agreement_01", "planted_01"
    ]  # fmt: skip
    assert [plan.section for plan in plans] == ["explanations"] * 3 + ["planted"]
    assert plans[0].title == "Insertion, higher is better"
    assert "marker 12.0 (right)" in plans[-1].alt
    assert set(tables()) == set(EXPLANATION_TABLES)


def test_figures_are_drawn_and_models_named_where_there_are_several():
    drawn = draw_plans(plan_explanation_figures(tables(("resnet", "vit"))))
    assert all(svg.startswith(b"<?xml") for svg in drawn.values())
    assert "explanations_agreement_02" in drawn
    assert any("vit" in plan.title for plan in plan_explanation_figures(tables(("resnet", "vit"))))


@pytest.mark.parametrize("absent", EXPLANATION_TABLES)
def test_what_is_not_there_is_left_out(absent):
    whole = tables()
    some = {name: frame.iloc[:0] if name == absent else frame for name, frame in whole.items()}
    assert len(plan_explanation_figures(some)) < len(plan_explanation_figures(whole))
    assert plan_explanation_figures({}) == []
