"""What commands of their own add to a page: which tables they leave, and every figure of any table."""

from collections.abc import Callable, Mapping

import pandas as pd

from reports.augmentation_figures import AUGMENTATION_TABLES, plan_augmentation_figures
from reports.concept_figures import CONCEPT_TABLES, plan_concept_figures
from reports.confounder_figures import CONFOUNDER_TABLES, plan_confounder_figures
from reports.error_figures import ERROR_TABLES, plan_error_figures
from reports.error_views import CHOICE_TABLE
from reports.explanation_figures import EXPLANATION_TABLES, plan_explanation_figures
from reports.figures import Plan, draw_plans, plan_figures
from reports.image_views import IMAGE_TABLES
from reports.invariance_figures import INVARIANCE_TABLES, plan_invariance_figures
from reports.model_figures import plan_model_figures
from reports.outcome_views import OUTCOME_TABLE
from reports.statistics_figures import STATISTICS_TABLES, plan_statistics_figures
from reports.study_figures import plan_study_figures
from reports.study_views import STUDY_TABLES
from reports.stylex_figures import STYLEX_TABLES, plan_stylex_figures

__all__ = ["ADDED_TABLES", "draw_every_figure", "plan_every_figure"]

ADDED_TABLES = (
    *ERROR_TABLES,
    CHOICE_TABLE,
    *STUDY_TABLES,
    *EXPLANATION_TABLES,
    *STYLEX_TABLES,
    *STATISTICS_TABLES,
    *CONCEPT_TABLES,
    *INVARIANCE_TABLES,
    *CONFOUNDER_TABLES,
    *AUGMENTATION_TABLES,
    *IMAGE_TABLES,
    OUTCOME_TABLE,
    "published",
)
"""Tables that do not come from records: a report reads them where it finds them."""

_PLANNERS: tuple[Callable[[Mapping[str, pd.DataFrame]], list[Plan]], ...] = (
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


def plan_every_figure(tables: Mapping[str, pd.DataFrame]) -> list[Plan]:
    """List the figures that ``tables`` allow, in reading order."""
    return [plan for planner in _PLANNERS for plan in planner(tables)]


def draw_every_figure(tables: Mapping[str, pd.DataFrame]) -> dict[str, bytes]:
    """Draw every figure that ``tables`` allow: SVG documents by name."""
    return draw_plans(plan_every_figure(tables))
