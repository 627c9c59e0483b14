import re

import pandas as pd

from reports.figures import draw_plans
from reports.stylex_figures import plan_stylex_figures
from tests.reports.samples import EVIL
from tests.reports.stylex_samples import stylex_tables, sufficiency_table


def test_both_ways_of_a_class_are_drawn_and_said() -> None:
    plans = plan_stylex_figures(stylex_tables())
    assert [plan.name for plan in plans] == ["attributes_towards_01", "attributes_away_01"]
    assert {plan.section for plan in plans} == {"attributes"}
    assert plans[0].title == "Decisions turned into 8"
    assert "attributes (groups), 3: 92%; single coordinates (AttFind), 3: 47%" in plans[0].alt
    assert all(svg.startswith(b"<?xml") for svg in draw_plans(plans).values())


def test_names_are_text_and_the_first_four_classes_are_drawn() -> None:
    table = pd.concat([sufficiency_table(name) for name in (EVIL, *"12345")])
    plans = plan_stylex_figures({"stylex_sufficiency": table})
    assert len(plans) == 8
    assert all(re.fullmatch("[a-z0-9_]+", plan.name) for plan in plans)
    assert b"<img" not in b"".join(draw_plans(plans[:1]).values())


def test_what_is_absent_is_left_out() -> None:
    assert plan_stylex_figures({}) == []
    assert plan_stylex_figures({"stylex_sufficiency": sufficiency_table().head(0)}) == []
