"""From logits to record rows: one row for every image, also for those without a prediction."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pyarrow as pa
import torch
from numpy.typing import NDArray
from torch import Tensor

from benchmarks.conditions import Condition
from benchmarks.datasets import Sample
from benchmarks.inference import score_logits
from benchmarks.loading import Loaded
from benchmarks.plan import Plan
from reports.records import SCHEMA

__all__ = ["condition_rows"]

_SCORES = SCHEMA.names[SCHEMA.names.index("prediction") :]


def condition_rows(
    plan: Plan,
    position: int,
    condition: Condition,
    *,
    images: Sequence[Sample],
    loaded: Sequence[Loaded],
    logits: Tensor | None,
    seeds: NDArray[np.int64],
) -> pa.Table:
    """Build the records of one model and condition.

    Args:
        plan: what is run.
        position: of the model in the plan.
        condition: what was done to the images.
        images: (N) samples.
        loaded: (N) what decoding gave.
        logits: (M, K) of the readable ones, in order; None if there are none.
        seeds: (N) corruption seeds.

    Returns:
        N rows.
    """
    model = plan.models[position]
    indices = plan.label_indices[position]
    names = model.classifier.class_names
    labels = np.array([indices[image.class_name] for image in images], dtype=np.int64)
    status = np.array([one.status for one in loaded], dtype=object)
    if logits is not None:
        readable = np.flatnonzero(status == "ok")
        finite = torch.isfinite(logits).all(dim=1).numpy()
        status[readable[~finite]] = "nonfinite_logits"
        logits = logits[torch.from_numpy(finite)]
    count = len(images)
    columns: dict[str, Any] = {
        "model": [model.name] * count,
        "dataset": [plan.samples.name] * count,
        "image_id": [image.image_id for image in images],
        "path": [image.path for image in images],
        "label": labels.astype(np.int32),
        "label_name": [names[label] for label in labels],
        "condition_kind": [condition.kind] * count,
        "condition_name": [condition.name] * count,
        "condition_severity": np.full(count, condition.severity, dtype=np.int8),
        "seed": seeds,
        "status": list(status),
        "note": [one.note for one in loaded],
    }
    return _table(columns | _score_columns(status == "ok", logits, labels, names))


def _score_columns(
    usable: NDArray[np.bool_], logits: Tensor | None, labels: NDArray[np.int64], names: Sequence[str]
) -> dict[str, list[Any]]:
    """Scores scattered to the usable rows; the others stay null, never a number that could be averaged in."""
    columns: dict[str, list[Any]] = {name: [None] * len(usable) for name in _SCORES}
    if logits is None or not usable.any():
        return columns
    scores: dict[str, Any] = dict(score_logits(logits, labels[usable]))
    scores["prediction_name"] = [names[index] for index in scores["prediction"]]
    for name, column in columns.items():
        for row, value in zip(np.flatnonzero(usable), scores[name], strict=True):
            column[row] = value
    return columns


def _table(columns: dict[str, Any]) -> pa.Table:
    """Arrow columns of the schema's types; words go through plain strings, which pyarrow can encode."""
    arrays = []
    for field in SCHEMA:
        word = pa.types.is_dictionary(field.type)
        array = pa.array(columns[field.name], type=pa.string() if word else field.type, from_pandas=False)
        arrays.append(array.dictionary_encode() if word else array)
    return pa.table(arrays, names=SCHEMA.names)
