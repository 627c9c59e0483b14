"""Planted images: procedural pictures with known attributes, causes and shortcuts, by which explanations are judged."""

from benchmarks.planted.attributes import ATTRIBUTES, REGIONS, SHAPES, draw_attributes, transplant
from benchmarks.planted.classifier import PlantedClassifier, train_classifier
from benchmarks.planted.design import SPLITS, VARIANTS, Design, PlantedImages, draw_images, draw_table
from benchmarks.planted.fitting import Fitting
from benchmarks.planted.judging import MEASURES, absolute_mass, pointing, positive_mass, random_maps
from benchmarks.planted.oracles import ORACLE_FITTING, AttributeOracle, train_oracle
from benchmarks.planted.reach import attribute_reach
from benchmarks.planted.reliance import measure_accuracies, measure_reliance
from benchmarks.planted.rendering import Scene, area_shares, render, render_masks
from benchmarks.planted.rules import RULES, Rule, find_rule
from benchmarks.planted.samples import planted_samples
from benchmarks.planted.scoreboard import Question, ask_questions, scoreboard

__all__ = [
    "ATTRIBUTES",
    "MEASURES",
    "ORACLE_FITTING",
    "REGIONS",
    "RULES",
    "SHAPES",
    "SPLITS",
    "VARIANTS",
    "AttributeOracle",
    "Design",
    "Fitting",
    "PlantedClassifier",
    "PlantedImages",
    "Question",
    "Rule",
    "Scene",
    "absolute_mass",
    "area_shares",
    "ask_questions",
    "attribute_reach",
    "draw_attributes",
    "draw_images",
    "draw_table",
    "find_rule",
    "measure_accuracies",
    "measure_reliance",
    "planted_samples",
    "pointing",
    "positive_mass",
    "random_maps",
    "render",
    "render_masks",
    "scoreboard",
    "train_classifier",
    "train_oracle",
    "transplant",
]
