import re

import pandas as pd

from reports.error_figures import ERROR_TABLES, plan_error_figures
from reports.figures import draw_plans
from tests.reports.error_samples import error_tables


def test_one_model_gives_four_figures_that_are_the_same_each_time() -> None:
    tables = error_tables()
    assert set(tables) == set(ERROR_TABLES)
    figures = draw_plans(plan_error_figures(tables))
    assert list(figures) == ["errors_auroc_01", "errors_risk_01_mild", "errors_risk_01_corrupted", "errors_attacks_01"]
    assert figures == draw_plans(plan_error_figures(tables))
    assert all(figure.startswith(b"<?xml") for figure in figures.values())
    assert {plan.section for plan in plan_error_figures(tables)} == {"detection", "attacks"}


def test_models_are_named_where_there_are_several_and_the_first_six_are_drawn() -> None:
    plans = plan_error_figures(error_tables(tuple(f"<net {number}>" for number in range(8))))
    assert len(plans) == 6 * 4
    assert all(re.fullmatch("[a-z0-9_]+", plan.name) for plan in plans)
    assert "<net 5>" in plans[5].title


def test_scores_stand_in_the_order_of_their_worth() -> None:
    (plan, *_) = plan_error_figures({"errors": error_tables()["errors"]})
    assert plan.alt.index("learned detector 0.960") < plan.alt.index("averaged copies (TTA) 0.920")


def test_what_is_undefined_or_absent_is_left_out() -> None:
    tables = error_tables()
    undefined = {name: frame.assign(value=float("nan")) for name, frame in tables.items() if name != "errors_curves"}
    assert plan_error_figures(undefined) == []
    assert plan_error_figures({"errors": pd.DataFrame(columns=tables["errors"].columns)}) == []
    assert plan_error_figures({}) == []
