from reports.augmentation_figures import plan_augmentation_figures
from reports.concept_figures import plan_concept_figures
from reports.confounder_figures import plan_confounder_figures
from reports.error_figures import plan_error_figures
from reports.explanation_figures import plan_explanation_figures
from reports.figures import plan_figures
from reports.invariance_figures import plan_invariance_figures
from reports.model_figures import plan_model_figures
from reports.page import render_page
from reports.published import published_recipes
from reports.reference import read_reference
from reports.sections import ADDED_TABLES, draw_every_figure, plan_every_figure
from reports.statistics_figures import plan_statistics_figures
from reports.study_figures import plan_study_figures
from reports.stylex_figures import plan_stylex_figures
from tests.reports.augmentation_samples import augmentation_tables
from tests.reports.concept_samples import concept_tables
from tests.reports.confounder_samples import confounder_table
from tests.reports.error_samples import error_tables
from tests.reports.invariance_samples import invariance_tables
from tests.reports.model_samples import differences_table, ranks_table
from tests.reports.samples import sample_run, sample_tables
from tests.reports.statistics_samples import statistics_table
from tests.reports.study_samples import choice_table, study_tables
from tests.reports.stylex_samples import stylex_tables
from tests.reports.test_explanation_figures import tables as explanation_tables
from tests.reports.test_image_views import FLIPS, SHARED
from tests.reports.test_outcome_views import OUTCOMES
from tests.reports.test_published import own_recipes

EVERYTHING = {
    **augmentation_tables(),
    **sample_tables(names=tuple("0123"), severities=(1, 3)),
    **error_tables(),
    **study_tables(),
    "errors_transforms": choice_table(),
    **explanation_tables(),
    "planted": explanation_tables()["planted"].assign(value=0.5, low=0.4, high=0.6),
    "global_statistics": statistics_table(),
    **stylex_tables(),
    **concept_tables(),
    **invariance_tables(),
    "confounders": confounder_table(),
    "sections": OUTCOMES,
    "images_shared": SHARED,
    "images_flips": FLIPS,
    "differences": differences_table(),
    "ranks": ranks_table(),
    "published": published_recipes(own_recipes(), read_reference()),
}
SECTIONS = (
    *("models", "recipes", "images", "corruptions", "calibration", "detection", "attacks", "study"),
    *("explanations", "planted", "attributes", "statistics"),
    *("concepts", "invariances", "confounders", "published"),
)


def test_every_figure_is_planned_once_and_in_order() -> None:
    names = [plan.name for plan in plan_every_figure(EVERYTHING)]
    assert len(set(names)) == len(names)
    planners = (
        plan_augmentation_figures,
        plan_figures,
        plan_model_figures,
        plan_error_figures,
        plan_study_figures,
        plan_explanation_figures,
        plan_stylex_figures,
        plan_statistics_figures,
        plan_concept_figures,
        plan_invariance_figures,
        plan_confounder_figures,
    )
    assert names == [plan.name for planner in planners for plan in planner(EVERYTHING)]
    assert set(ADDED_TABLES) - {"augmentations_seeds", "augmentations_cells"} < set(EVERYTHING), "those are no views"


def test_every_section_stands_on_the_page_with_its_figures() -> None:
    figures = {plan.name: b"<svg/>" for plan in plan_every_figure(EVERYTHING)}
    html = render_page([sample_run()], EVERYTHING, figures, [])
    for section in SECTIONS:
        assert f'<section id="{section}">' in html
    assert html.count("data:image/svg+xml") == len(figures)
    assert 'id="more-figures"' not in html, "every figure has its section"
    assert "Takeover rate" in html


def test_figures_are_drawn_by_name() -> None:
    some = {"global_statistics": EVERYTHING["global_statistics"]}
    assert list(draw_every_figure(some)) == [plan.name for plan in plan_every_figure(some)]
