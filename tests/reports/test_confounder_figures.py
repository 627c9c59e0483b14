import pandas as pd

from reports.confounder_figures import CONFOUNDER_TABLES, plan_confounder_figures
from reports.figures import draw_plans
from tests.reports.confounder_samples import confounder_table
from tests.reports.samples import EVIL


def test_one_figure_of_what_changes_the_coin_beside_it():
    (plan,) = plan_confounder_figures({"confounders": confounder_table()})
    assert plan.section == "confounders" and plan.alt.endswith("hue 0.60; coin 0.02.")
    svg = draw_plans([plan])[plan.name]
    assert b"hue" in svg and b"coin" in svg and b"predictions that change" in svg
    assert CONFOUNDER_TABLES == ("confounders",)


def test_models_are_named_and_many_confounders_leave_room_for_the_coin():
    table = confounder_table((EVIL, "b"), tuple("abcdefghijk"))
    (plan,) = plan_confounder_figures({"confounders": table})
    svg = draw_plans([plan])[plan.name]
    assert b"<img" not in svg and b"coin" in svg


def test_without_rows_there_is_no_figure():
    assert plan_confounder_figures({}) == []
    empty = pd.DataFrame(columns=confounder_table().columns)
    assert plan_confounder_figures({"confounders": empty}) == []
