import re

import pandas as pd

from reports.figures import draw_plans
from reports.invariance_figures import INVARIANCE_TABLES, plan_invariance_figures
from tests.reports.invariance_samples import invariance_tables
from tests.reports.samples import EVIL


def test_one_model_gives_a_curve_the_decisions_and_every_property():
    plans = plan_invariance_figures(invariance_tables())
    assert [plan.name for plan in plans] == [
        "invariance_discarded_01",
        "invariance_kept_01",
        "invariance_spread_hue_01",
    ]
    assert {plan.section for plan in plans} == {"invariances"}
    assert plans[0].alt.endswith("Flow: layer2 0.10; layer4 0.30; logits 0.50.")
    assert set(invariance_tables()) == set(INVARIANCE_TABLES)


def test_models_are_named_and_the_first_four_drawn():
    plans = plan_invariance_figures(invariance_tables((EVIL, *"abcdef")))
    assert len(plans) == 4 * 3 and all(re.fullmatch("[a-z0-9_]+", plan.name) for plan in plans)
    assert b"<img" not in draw_plans(plans[:1])["invariance_discarded_01"]


def test_what_is_absent_is_left_out():
    tables = invariance_tables()
    assert plan_invariance_figures({}) == []
    assert len(plan_invariance_figures({"invariances": tables["invariances"]})) == 2
    empty = pd.DataFrame(columns=tables["invariances"].columns)
    assert plan_invariance_figures({"invariances": empty}) == []
