"""StylEx: what a classifier looks at, as attributes that can be turned up and down and seen.

Everything that explains takes any decoder, see :data:`~xai.stylex.effects.Decode`.
"""

from xai.stylex.attfind import Attribute, Search, find_attributes, search_attributes
from xai.stylex.effects import Decode, Ends, Shift, StyleClassifier
from xai.stylex.groups import Group, Grouping, find_groups
from xai.stylex.individual import Change, Counterfactual, independent_changes, joint_changes
from xai.stylex.normalised_difference import normalised_difference
from xai.stylex.screening import Effects, Screening
from xai.stylex.significance import Finding, Verdicts, judge_shifts
from xai.stylex.sufficiency import Sufficiency, random_shifts, sufficiency

__all__ = [
    "Attribute",
    "Change",
    "Counterfactual",
    "Decode",
    "Effects",
    "Ends",
    "Finding",
    "Group",
    "Grouping",
    "Screening",
    "Search",
    "Shift",
    "StyleClassifier",
    "Sufficiency",
    "Verdicts",
    "find_attributes",
    "find_groups",
    "independent_changes",
    "joint_changes",
    "judge_shifts",
    "normalised_difference",
    "random_shifts",
    "search_attributes",
    "sufficiency",
]
