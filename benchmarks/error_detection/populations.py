"""Whose errors are found: which rows belong together in one figure."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd

from benchmarks.conditions import Condition
from benchmarks.error_detection.halves import mild_severity

__all__ = ["MILD", "populations"]

MILD = "mild"


def populations(frame: pd.DataFrame, conditions: Sequence[Condition]) -> dict[str, npt.NDArray[np.bool_]]:
    """Group rows by what was done to the images.

    Args:
        frame: R rows with ``condition_severity``.
        conditions: of the plan, which decide what is mild.

    Returns:
        {population: (R,)}: ``clean``; ``mild``, clean and mildly corrupted together; ``severity <s>`` for each; and
        ``corrupted``, all that is not clean. Those without rows are left out.

    Example:
        >>> both = [Condition(kind="corruption", name="fog", severity=severity) for severity in (1, 3)]
        >>> found = populations(pd.DataFrame({"condition_severity": [0, 1, 3]}), both)
        >>> {name: mask.sum().item() for name, mask in found.items()}
        {'clean': 1, 'mild': 2, 'severity 1': 1, 'severity 3': 1, 'corrupted': 2}
    """
    severity = frame["condition_severity"].to_numpy()
    levels = sorted({one.severity for one in conditions if one.severity})
    groups = {"clean": severity == 0, MILD: severity <= mild_severity(conditions)}
    groups |= {f"severity {level}": severity == level for level in levels}
    groups["corrupted"] = severity > 0
    return {name: mask for name, mask in groups.items() if mask.any()}
