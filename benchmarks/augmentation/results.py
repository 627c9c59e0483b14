"""What a comparison leaves behind: tables, figures and a page."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from benchmarks.augmentation.choosing import choice_table  # noqa: F401
from benchmarks.augmentation.claims import claims_table
from benchmarks.augmentation.comparison import BASELINE, REFERENCE, Comparison
from benchmarks.augmentation.measuring import measurable, read_measured, tested_samples
from benchmarks.augmentation.metrics import Key, Recorded, accuracy_metrics, confidence_metrics, measured_metrics
from benchmarks.augmentation.outcomes import RECORD_COLUMNS, gather_outcomes
from benchmarks.augmentation.resampling import Sampled, draw_both
from benchmarks.augmentation.table import Compared, recipe_tables
from benchmarks.augmentation.trainings import TrainingJob, trained_model
from benchmarks.report import write_report
from benchmarks.summary.corruptions import STORED
from reports.published import published_recipes
from reports.records import read_records, write_run
from reports.reference import read_reference
from reports.tables import write_tables
