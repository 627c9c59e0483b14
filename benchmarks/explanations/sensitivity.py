"""What else is known of an explained image: how easily corruptions change its prediction, and how consistent it is."""

from pathlib import Path

import pandas as pd

from benchmarks.explanations.scored import CONSISTENCY, scored_rows
from benchmarks.plan import Plan
from reports.records import read_records

__all__ = ["SENSITIVITY", "image_sensitivity"]

SENSITIVITY = ["image_id", "corrupted_flips", "conditions", "consistency", "consistency_rank"]
"""Columns of what is known: the share of corrupted conditions in which the prediction differs from the first
condition's, their number, how well the answers to slightly changed copies agree with it, 0 for fully, and the share of
all scored images that agree with theirs less."""

_ANSWERS = ["model", "image_id", "condition_name", "condition_severity", "prediction"]


def image_sensitivity(plan: Plan, position: int, run: Path, ids: list[str]) -> pd.DataFrame:
    """Read what audit and error detection left of some images in a run folder; gaps where they left nothing.

    Flips are counted in the audit's records, or in error detection's where there was no audit.

    Args:
        plan: where the model is.
        position: of the model in the plan.
        run: the run folder.
        ids: of the images.

    Returns:
        A row per image, columns :data:`SENSITIVITY`.
    """
    model, scored = plan.models[position].name, scored_rows(plan, position, run)
    audited = any((run / "records").glob("*.parquet"))
    answers = read_records(run, _ANSWERS) if audited else scored[_ANSWERS]
    answers = answers[(answers["model"] == model) & answers["image_id"].isin(ids) & answers["prediction"].notna()]
    frame = pd.DataFrame({"image_id": ids})
    frame = frame.merge(_flips(plan, answers), on="image_id", how="left")
    return frame.merge(_consistency(plan, scored), on="image_id", how="left")[SENSITIVITY]


def _flips(plan: Plan, rows: pd.DataFrame) -> pd.DataFrame:
    first = _is_first(plan, rows)
    answers = rows[first].set_index("image_id")["prediction"]
    others = rows[~first & rows["image_id"].isin(answers.index)]
    flipped = (others["prediction"] != others["image_id"].map(answers)).astype(float)
    grouped = flipped.groupby(others["image_id"].astype(str))
    return grouped.agg(corrupted_flips="mean", conditions="size").reset_index()


def _consistency(plan: Plan, scored: pd.DataFrame) -> pd.DataFrame:
    rows = scored[_is_first(plan, scored)][["image_id", CONSISTENCY]]
    scores = rows[CONSISTENCY].astype(float)
    lower = (scores.rank(method="min") - 1) / scores.count()
    return pd.DataFrame({"image_id": rows["image_id"], "consistency": scores, "consistency_rank": lower})


def _is_first(plan: Plan, rows: pd.DataFrame) -> "pd.Series[bool]":
    first = plan.conditions[0]
    return (rows["condition_name"] == first.name) & (rows["condition_severity"] == first.severity)
