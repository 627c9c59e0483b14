"""StylEx: a generator that is trained for one classifier, and what its style coordinates do to the decision.

What explains takes any decoder, see :data:`~xai.stylex.effects.Decode`, not only this one.
"""

from xai.stylex.architecture import SIDES, Architecture, StyleLayer
from xai.stylex.attfind import Attribute, Search, find_attributes, search_attributes
from xai.stylex.components import independent_readings
from xai.stylex.effects import Decode, Ends, Shift, StyleClassifier
from xai.stylex.groups import Group, Grouping, find_groups
from xai.stylex.individual import Change, Counterfactual, independent_changes, joint_changes
from xai.stylex.log_odds import LogOdds
from xai.stylex.normalised_difference import normalised_difference
from xai.stylex.perceptual import Perceptual, load_perceptual
from xai.stylex.recipe import RECIPES, TrainingRecipe
from xai.stylex.screening import Effects, Screening
from xai.stylex.significance import Finding, Verdicts, judge_shifts
from xai.stylex.slides import Move, Reading, Slide, fit_slide
from xai.stylex.storage import load_stylex, save_stylex, stylex_notes
from xai.stylex.sufficiency import Sufficiency, random_shifts, sufficiency
from xai.stylex.system import StylEx
from xai.stylex.training import StylExTraining

__all__ = [
    "RECIPES",
    "SIDES",
    "Architecture",
    "Attribute",
    "Change",
    "Counterfactual",
    "Decode",
    "Effects",
    "Ends",
    "Finding",
    "Group",
    "Grouping",
    "LogOdds",
    "Move",
    "Perceptual",
    "Reading",
    "Screening",
    "Search",
    "Shift",
    "Slide",
    "StylEx",
    "StylExTraining",
    "StyleClassifier",
    "StyleLayer",
    "Sufficiency",
    "TrainingRecipe",
    "Verdicts",
    "find_attributes",
    "find_groups",
    "fit_slide",
    "independent_changes",
    "independent_readings",
    "joint_changes",
    "judge_shifts",
    "load_perceptual",
    "load_stylex",
    "normalised_difference",
    "random_shifts",
    "save_stylex",
    "search_attributes",
    "stylex_notes",
    "sufficiency",
]
