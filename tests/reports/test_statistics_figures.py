import re

import pandas as pd

from reports.figures import draw_plans
from reports.statistics_figures import STATISTICS_TABLES, plan_statistics_figures
from tests.reports.samples import EVIL
from tests.reports.statistics_samples import statistics_table

(TABLE,) = STATISTICS_TABLES


def test_one_model_gives_flips_and_accuracy_the_same_each_time() -> None:
    plans = plan_statistics_figures({TABLE: statistics_table()})
    assert [plan.name for plan in plans] == ["statistics_flips_01", "statistics_accuracy_01"]
    assert {plan.section for plan in plans} == {"statistics"}
    assert "pixels 0.40; stem 0.40" in plans[0].alt and "all" not in plans[0].alt.split(": ")[1]
    assert draw_plans(plans[1:]) == draw_plans(plan_statistics_figures({TABLE: statistics_table()})[1:])


def test_several_models_are_compared_and_named_and_the_first_six_drawn() -> None:
    plans = plan_statistics_figures({TABLE: statistics_table((EVIL, *(f"net {number}" for number in range(7))))})
    assert [plan.name for plan in plans][:2] == ["statistics_models", "statistics_flips_01"]
    assert len(plans) == 1 + 2 * 6
    assert all(re.fullmatch("[a-z0-9_]+", plan.name) for plan in plans)
    assert b"<img" not in draw_plans(plans[:2])["statistics_models"]


def test_what_is_undefined_or_absent_is_left_out() -> None:
    assert plan_statistics_figures({}) == []
    assert plan_statistics_figures({TABLE: statistics_table().assign(value=float("nan"))}) == []
    assert plan_statistics_figures({TABLE: pd.DataFrame(columns=statistics_table().columns)}) == []
