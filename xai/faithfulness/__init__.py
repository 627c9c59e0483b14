"""Checks of maps: what happens when they are believed, when the image is touched, when the network forgets."""

from xai.faithfulness.checks import MapChecks, check_maps
from xai.faithfulness.curves import BASELINES, Curve, deletion_curve, insertion_curve
from xai.faithfulness.masks import area_share, mass_in_mask, pointing_game
from xai.faithfulness.stability import completeness_gap, max_sensitivity, randomised, rank_correlation

__all__ = [
    "BASELINES",
    "Curve",
    "MapChecks",
    "area_share",
    "check_maps",
    "completeness_gap",
    "deletion_curve",
    "insertion_curve",
    "mass_in_mask",
    "max_sensitivity",
    "pointing_game",
    "randomised",
    "rank_correlation",
]
