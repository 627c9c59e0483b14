"""Collected rows of one model as arrays, and what is read from them again and again."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import torch
from torch import Tensor

from benchmarks.error_detection.collecting import SCORE, VECTORS

__all__ = ["ModelRows", "model_rows"]


@dataclass(frozen=True, kw_only=True)
class ModelRows:
    """One model's rows.

    Attributes:
        frame: (R,) rows of all statuses: model, image, condition, half, status, label, prediction, correct, and a
            column ``score_<name>`` for each score.
        log_odds: (M, T + 1) float64 of the rows of status ok, in their order.
        logits: (M, K) float32 of the original.
        features: (M, F) float32, or None where the network gives none.
    """

    frame: pd.DataFrame
    log_odds: Tensor
    logits: Tensor
    features: Tensor | None

    @property
    def ok(self) -> npt.NDArray[np.bool_]:
        """(R,) rows with an answer."""
        return (self.frame["status"] == "ok").to_numpy(dtype=np.bool_)

    @property
    def scores(self) -> list[str]:
        """Names of the scores that there are."""
        return [name.removeprefix(SCORE) for name in self.frame.columns if name.startswith(SCORE)]


def model_rows(parts: Sequence[pa.Table], model: str) -> ModelRows:
    """Join the rows of one model.

    Args:
        parts: what :func:`benchmarks.error_detection.collecting.collect_blocks` gave.
        model: its name.
    """
    own = [part.filter(pc.equal(part["model"], model)) for part in parts]
    table = pa.concat_tables(own, promote_options="default")
    table = table.select([name for name in table.column_names if not _empty(table, name)])
    answered = table.filter(pc.equal(table["status"], "ok"))
    vectors = {name: _matrix(answered, name) for name in VECTORS if name in table.column_names}
    frame = table.drop_columns(list(vectors)).to_pandas()
    nothing = torch.empty(0, 1)
    return ModelRows(
        frame=frame,
        log_odds=vectors.get("log_odds", nothing.double()),
        logits=vectors.get("logits", nothing),
        features=vectors.get("features"),
    )


def _empty(table: pa.Table, name: str) -> bool:
    """Whether a column belongs to other models only, or to no row at all."""
    return (name.startswith(SCORE) or name in VECTORS) and table[name].null_count == len(table)


def _matrix(answered: pa.Table, name: str) -> Tensor:
    values = pc.list_flatten(answered[name]).to_numpy()
    return torch.from_numpy(np.array(values).reshape(len(answered), -1))
