"""Concepts: what a layer of a classifier knows, in named factors, and what its decisions make of each."""

from benchmarks.concepts.attributes import Attribute, class_attribute, image_attribute, read_attributes
from benchmarks.concepts.features import cached_features
from benchmarks.concepts.fitting import FLOW, ROTATION, Factors, Split, fit_factors, split_images
from benchmarks.concepts.layers import Layer, default_layer, open_layer
from benchmarks.concepts.measuring import CONCEPTS, FACTORS, Question, concept_rows, factor_rows
from benchmarks.concepts.planted_bars import BARS, bar_table, planted_trials
from benchmarks.concepts.planted_trials import Trial, find_trial, is_finished
from benchmarks.concepts.results import write_concepts
from benchmarks.concepts.running import Settings, Work, find_concepts, left_to_see, open_work
from benchmarks.concepts.sketches import Sketches, parse_sketches

__all__ = [
    "BARS",
    "CONCEPTS",
    "FACTORS",
    "FLOW",
    "ROTATION",
    "Attribute",
    "Factors",
    "Layer",
    "Question",
    "Settings",
    "Sketches",
    "Split",
    "Trial",
    "Work",
    "bar_table",
    "cached_features",
    "class_attribute",
    "concept_rows",
    "default_layer",
    "factor_rows",
    "find_concepts",
    "find_trial",
    "fit_factors",
    "image_attribute",
    "is_finished",
    "left_to_see",
    "open_layer",
    "open_work",
    "parse_sketches",
    "planted_trials",
    "read_attributes",
    "split_images",
    "write_concepts",
]
