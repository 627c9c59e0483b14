"""Every table of a run, laid out for the template under a name of its own."""

from collections.abc import Callable, Mapping
from typing import Any

import pandas as pd

from reports import (
    augmentation_views,
    concept_views,
    confounder_views,
    error_views,
    explanation_views,
    image_views,
    invariance_views,
    model_views,
    outcome_views,
    statistics_views,
    study_views,
    stylex_views,
    views,
)
from reports.published import published_views, recipe_views

__all__ = ["table_views"]

_MAKERS: dict[str, Callable[[pd.DataFrame], Any]] = {
    "cells": views.cells_view,
    "corruptions": views.corruptions_view,
    "classes": views.classes_view,
    "status": views.status_view,
    "differences": model_views.differences_view,
    "ranks": model_views.ranks_view,
    "skipped": views.skipped_view,
    "augmentations": augmentation_views.recipes_view,
    "augmentations_differences": augmentation_views.differences_view,
    "augmentations_claims": augmentation_views.claims_view,
    "augmentations_choice": augmentation_views.choice_view,
    "errors": error_views.errors_view,
    "errors_attacks": error_views.attacks_view,
    error_views.CHOICE_TABLE: error_views.choice_view,
    "error_study": study_views.study_view,
    "error_study_bars": study_views.study_bars_view,
    "explanations_summary": explanation_views.explained_view,
    "planted": explanation_views.planted_view,
    "global_statistics": statistics_views.statistics_view,
    "concepts": concept_views.concepts_view,
    "concepts_factors": concept_views.factors_view,
    "concepts_association": concept_views.associations_view,
    "concepts_wrong": concept_views.wrong_view,
    "stylex_attributes": stylex_views.attributes_view,
    "stylex_fidelity": stylex_views.fidelity_view,
    "invariances": invariance_views.layers_view,
    "invariances_properties": invariance_views.widths_view,
    "images_shared": image_views.shared_view,
    "images_flips": image_views.flips_view,
    outcome_views.OUTCOME_TABLE: outcome_views.outcomes_view,
    "confounders": confounder_views.confounders_view,
}
"""From the name of a table to its view, ``<name>_view`` in the template."""


def table_views(tables: Mapping[str, pd.DataFrame]) -> dict[str, Any]:
    """Lay out each table that is there; None where it is not."""
    headline = tables.get("headline")
    several = headline is not None and headline["model"].nunique() > 1
    laid = {f"{name}_view": make(tables[name]) if name in tables else None for name, make in _MAKERS.items()}
    status = tables.get("status")
    return laid | {
        "cards": views.headline_cards(headline) if headline is not None and not several else [],
        "headline_view": views.headline_view(headline) if headline is not None and several else None,
        "corruption_differences_view": (
            model_views.corruption_differences_view(tables["differences"]) if "differences" in tables else None
        ),
        "published": published_views(tables),
        "confounder_pairs_view": (
            confounder_views.confounder_pairs_view(tables["confounders"]) if "confounders" in tables else None
        ),
        "recipes": recipe_views(tables["published"]) if "published" in tables else [],
        "records": f"{int(status['n'].sum()):,}" if status is not None else None,
    }
