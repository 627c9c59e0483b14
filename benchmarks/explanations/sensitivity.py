"""What else is known of an explained image: how easily corruptions change its prediction, and how consistent it is."""

from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow.parquet as pq

from benchmarks.plan import Plan
from reports.records import read_records

__all__ = ["SENSITIVITY", "image_sensitivity"]

SENSITIVITY = ["image_id", "corrupted_flips", "conditions", "consistency"]
"""Columns of what is known: the share of corrupted conditions in which the prediction differs from the first
condition's, their number, and how well the answers to slightly changed copies agree with it, 0 for fully."""

_SCORE = "score_negative_kl"


def image_sensitivity(plan: Plan, position: int, run: Path, ids: list[str]) -> pd.DataFrame:
    """Read what audit and error detection left of some images in a run folder; gaps where they left nothing.

    Args:
        plan: where the model is.
        position: of the model in the plan.
        run: the run folder.
        ids: of the images.

    Returns:
        A row per image, columns :data:`SENSITIVITY`.
    """
    model, frame = plan.models[position].name, pd.DataFrame({"image_id": ids})
    frame = frame.merge(_flips(plan, model, run, ids), on="image_id", how="left")
    return frame.merge(_consistency(plan, model, run, ids), on="image_id", how="left")[SENSITIVITY]


def _flips(plan: Plan, model: str, run: Path, ids: list[str]) -> pd.DataFrame:
    columns = ["model", "image_id", "condition_name", "condition_severity", "prediction"]
    nothing = pd.DataFrame({"image_id": [], "corrupted_flips": [], "conditions": []}).astype({"image_id": str})
    if not any((run / "records").glob("*.parquet")):
        return nothing
    records = read_records(run, columns)
    rows = records[(records["model"] == model) & records["image_id"].isin(ids) & records["prediction"].notna()]
    first = _is_first(plan, rows)
    answers = rows[first].set_index("image_id")["prediction"]
    others = rows[~first & rows["image_id"].isin(answers.index)]
    if not len(others):
        return nothing
    flipped = others["prediction"] != others["image_id"].map(answers)
    grouped = flipped.astype(float).groupby(others["image_id"].astype(str))
    return grouped.agg(corrupted_flips="mean", conditions="size").reset_index()


def _consistency(plan: Plan, model: str, run: Path, ids: list[str]) -> pd.DataFrame:
    path = run / "errors" / "scores.parquet"
    nothing = pd.DataFrame({"image_id": [], "consistency": []}).astype({"image_id": str, "consistency": np.float64})
    if not path.exists() or _SCORE not in pq.read_schema(path).names:
        return nothing
    wanted = ["model", "image_id", "condition_name", "condition_severity", _SCORE]
    rows: pd.DataFrame = pq.read_table(path, columns=wanted).to_pandas()
    rows = rows[(rows["model"] == model) & rows["image_id"].isin(ids) & _is_first(plan, rows)]
    return rows.rename(columns={_SCORE: "consistency"})[["image_id", "consistency"]]


def _is_first(plan: Plan, rows: pd.DataFrame) -> "pd.Series[bool]":
    first = plan.conditions[0]
    return (rows["condition_name"] == first.name) & (rows["condition_severity"] == first.severity)
