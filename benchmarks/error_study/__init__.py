"""Does the detector beat the softmax? Many small classifiers, seeds and bars fixed before, every comparison shown."""

from benchmarks.error_study.bars import BARS
from benchmarks.error_study.measuring import find_study, unfinished_work
from benchmarks.error_study.protocol import KINDS, Protocol, SmallClassifier, parse_kinds
from benchmarks.error_study.results import write_study
from benchmarks.error_study.tables import COUNTED, STUDY, study_tables

__all__ = [
    "BARS",
    "COUNTED",
    "KINDS",
    "STUDY",
    "Protocol",
    "SmallClassifier",
    "find_study",
    "parse_kinds",
    "study_tables",
    "unfinished_work",
    "write_study",
]
