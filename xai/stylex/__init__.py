"""StylEx: a generator that is trained for one classifier, and what its style coordinates do to the decision."""

from xai.stylex.architecture import SIDES, Architecture, StyleLayer
from xai.stylex.recipe import RECIPES, TrainingRecipe
from xai.stylex.storage import load_stylex, save_stylex, stylex_notes
from xai.stylex.system import StylEx
from xai.stylex.training import StylExTraining

__all__ = [
    "RECIPES",
    "SIDES",
    "Architecture",
    "StylEx",
    "StylExTraining",
    "StyleLayer",
    "TrainingRecipe",
    "load_stylex",
    "save_stylex",
    "stylex_notes",
]
