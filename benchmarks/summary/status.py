"""What was counted and what was left out: the tables ``status`` and ``skipped``."""

import pandas as pd

from benchmarks.conditions import Condition
from benchmarks.summary.panel import condition_order

__all__ = ["skipped", "status"]

_CONDITION = ["condition_kind", "condition_name", "condition_severity"]


def status(records: pd.DataFrame) -> pd.DataFrame:
    """Number of records by model, condition and status, conditions in the benchmark's order.

    Args:
        records: columns ``model``, the condition's three and ``status``; rows in any order.
    """
    keys = ["model", *_CONDITION, "status"]
    counts = records.groupby(keys, observed=True, sort=False).size().reset_index(name="n")
    counts = counts.astype(dict.fromkeys(["model", "condition_kind", "condition_name", "status"], object))
    order = [
        (model, condition_order(Condition(kind=kind, name=name, severity=int(severity))), state != "ok", state)
        for model, kind, name, severity, state in counts[keys].itertuples(index=False)
    ]
    rows = sorted(range(len(order)), key=order.__getitem__)
    return counts.iloc[rows].reset_index(drop=True)


def skipped(records: pd.DataFrame) -> pd.DataFrame:
    """Images without a prediction on clean images; on all conditions if there is no clean one.

    Args:
        records: columns ``image_id``, ``path``, ``status``, ``note``, ``condition_kind``; rows in any order.
    """
    columns = ["image_id", "path", "status", "note"]
    clean = records["condition_kind"] == "clean"
    scope = clean if clean.any() else ~clean
    rows = records.loc[scope & (records["status"] != "ok"), columns].astype(object)
    return rows.drop_duplicates().sort_values(columns, kind="stable").reset_index(drop=True)
