import re

import pandas as pd

from reports.concept_figures import CONCEPT_TABLES, plan_concept_figures
from reports.figures import draw_plans
from tests.reports.concept_samples import concept_tables
from tests.reports.samples import EVIL


def test_a_layer_gives_swaps_logits_leakage_and_errors() -> None:
    tables = concept_tables()
    assert set(tables) == set(CONCEPT_TABLES)
    plans = plan_concept_figures(tables)
    assert [plan.name for plan in plans] == [
        "concepts_swaps_01",
        "concepts_logits_01",
        "concepts_leakage_rotation_01",
        "concepts_leakage_flow_01",
        "concepts_wrong_01",
    ]
    assert "marker 0.33; hue 0.02" in plans[0].alt and "all features" not in plans[2].alt
    assert "marker, 1, -1.20" in plans[-1].alt
    assert draw_plans(plans[:1]) == draw_plans(plan_concept_figures(tables)[:1])


def test_four_layers_are_drawn_and_named_safely() -> None:
    plans = plan_concept_figures(concept_tables(tuple((EVIL, f"layer{number}") for number in range(6))))
    assert len(plans) == 4 * 5 and all(re.fullmatch("[a-z0-9_]+", plan.name) for plan in plans)
    assert "layer3" in plans[-1].title
    drawn = draw_plans(plans[1:2])
    assert b"<img" not in next(iter(drawn.values()))


def test_what_is_not_there_is_not_drawn() -> None:
    assert plan_concept_figures({}) == []
    assert plan_concept_figures({"concepts": pd.DataFrame(columns=concept_tables()["concepts"].columns)}) == []
    only = {"concepts": concept_tables()["concepts"], "concepts_wrong": pd.DataFrame()}
    assert "concepts_wrong_01" not in [plan.name for plan in plan_concept_figures(only)]
