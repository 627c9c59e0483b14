import re

from reports.augmentation_figures import AUGMENTATION_TABLES, plan_augmentation_figures
from reports.figures import draw_plans
from tests.reports.augmentation_samples import augmentation_tables
from tests.reports.samples import EVIL


def test_every_figure_once_and_the_same_each_time() -> None:
    tables = augmentation_tables()
    plans = plan_augmentation_figures(tables)
    names = [plan.name for plan in plans]
    assert names == [
        "augmentations_ranking",
        "augmentations_trade_off",
        "augmentations_corruptions",
        "augmentations_statistics",
        "augmentations_augrc",
        "augmentations_ece",
        "augmentations_accuracy_under_attack",
        "augmentations_statistics_takeover_rate",
        "augmentations_cost",
        "augmentations_difference_mean_corruption_error",
        "augmentations_difference_statistics_flip_rate",
    ]
    assert {plan.section for plan in plans} == {"augmentations", "augmentations_detail"}
    assert draw_plans(plans[:2]) == draw_plans(plan_augmentation_figures(tables)[:2])
    assert set(tables) <= set(AUGMENTATION_TABLES)


def test_the_best_stands_first() -> None:
    plans = {plan.name: plan for plan in plan_augmentation_figures(augmentation_tables())}
    assert plans["augmentations_ranking"].alt.endswith("randaugment 0.2; padain 0.25; baseline 0.3.")
    attacked = plans["augmentations_accuracy_under_attack"].alt
    assert attacked.index("baseline") < attacked.index("randaugment"), "higher is better there"


def test_hostile_names_do_no_harm() -> None:
    plans = plan_augmentation_figures(augmentation_tables(("baseline", EVIL)))
    assert all(re.fullmatch("[a-z0-9_]+", plan.name) for plan in plans)
    assert all(b"<img" not in svg for svg in draw_plans(plans).values())


def test_what_is_absent_is_left_out() -> None:
    tables = augmentation_tables()
    table = tables["augmentations"]
    only = {"augmentations": table[table["metric"] == "error"]}
    assert plan_augmentation_figures(only) == []
    assert plan_augmentation_figures({}) == plan_augmentation_figures({"augmentations": table.iloc[:0]}) == []
