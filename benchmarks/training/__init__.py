"""Training: one loop for every recipe, exact to the image and to the bit."""

from benchmarks.networks import NETWORKS, create_network
from benchmarks.training.choosing import choose_preparation, choose_setting
from benchmarks.training.data import TrainingData, in_memory, split, training_data
from benchmarks.training.fitting import DivergedError
from benchmarks.training.recipes import RECIPES, Recipe, parse_recipe
from benchmarks.training.running import TrainedModel, is_trained, train
from benchmarks.training.setting import DIGITS_SETTING, TrainingSetting

__all__ = [
    "DIGITS_SETTING",
    "NETWORKS",
    "RECIPES",
    "DivergedError",
    "Recipe",
    "TrainedModel",
    "TrainingData",
    "TrainingSetting",
    "choose_preparation",
    "choose_setting",
    "create_network",
    "in_memory",
    "is_trained",
    "parse_recipe",
    "split",
    "train",
    "training_data",
]
