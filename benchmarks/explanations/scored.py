"""What error detection left in a run folder: an answer and its scores for every image under every condition."""

from pathlib import Path

import pandas as pd
import pyarrow.parquet as pq

from benchmarks.plan import Plan

__all__ = ["CONSISTENCY", "scored_rows"]

CONSISTENCY = "score_negative_kl"
"""Column of how well the answers to slightly changed copies agree with the image's: 0 for fully, else below."""

_COLUMNS = [
    "model", "image_id", "condition_name", "condition_severity", "status",
    "label", "prediction", "correct", "score_max_softmax", CONSISTENCY,
]  # fmt: skip


def scored_rows(plan: Plan, position: int, run: Path) -> pd.DataFrame:
    """The rows of a model's readable images; none where nothing was scored.

    Args:
        plan: where the model and its images are.
        position: of the model in the plan.
        run: the run folder.
    """
    path = run / "errors" / "scores.parquet"
    if not path.exists():
        return pd.DataFrame(columns=_COLUMNS)
    there = [name for name in _COLUMNS if name in pq.read_schema(path).names]
    rows: pd.DataFrame = pq.read_table(path, columns=there).to_pandas().reindex(columns=_COLUMNS)
    known = {sample.image_id for sample in plan.samples.entries}
    mine = (rows["model"] == plan.models[position].name) & rows["image_id"].isin(known) & (rows["status"] == "ok")
    return rows[mine].reset_index(drop=True)
