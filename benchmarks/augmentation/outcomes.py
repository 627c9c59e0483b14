"""Records of all trained networks as arrays: recipes x seeds x conditions x images."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from benchmarks.conditions import CLEAN, Condition
from benchmarks.summary.panel import condition_order

__all__ = ["RECORD_COLUMNS", "Outcomes", "gather_outcomes"]

RECORD_COLUMNS = [
    *("model", "image_id", "condition_kind", "condition_name", "condition_severity"),
    *("status", "correct", "max_probability"),
]
"""The columns of the records that are needed."""


@dataclass(frozen=True, kw_only=True)
class Outcomes:
    """What every network answered to every image that all of them could read.

    Attributes:
        models: R x S names, as records have them.
        conditions: C, clean first, then in the benchmark's order.
        ids: N images.
        wrong: (R, S, C, N) 1 where the answer is wrong.
        confidence: (R, S, C, N) max softmax.
        left_out: images without an answer of some network under some condition.
    """

    models: tuple[tuple[str, ...], ...]
    conditions: tuple[Condition, ...]
    ids: tuple[str, ...]
    wrong: npt.NDArray[np.float32]
    confidence: npt.NDArray[np.float32]
    left_out: int

    @property
    def clean(self) -> int | None:
        """Place of the clean condition, if there is one."""
        return self.conditions.index(CLEAN) if CLEAN in self.conditions else None

    def places(self, names: Sequence[str] | None = None) -> list[int]:
        """Places of the corrupted conditions, of some corruptions or of all."""
        return [
            place for place, one in enumerate(self.conditions) if one != CLEAN and (names is None or one.name in names)
        ]

    @property
    def corruptions(self) -> tuple[str, ...]:
        """Names of the corruptions, in order."""
        return tuple(dict.fromkeys(one.name for one in self.conditions if one != CLEAN))


def gather_outcomes(records: pd.DataFrame, models: Sequence[Sequence[str]]) -> Outcomes:
    """Arrange records.

    Args:
        records: the columns :data:`RECORD_COLUMNS`, rows in any order.
        models: R x S names.

    Raises:
        ValueError: a network has no records, or no image has an answer everywhere.
    """
    names = [name for row in models for name in row]
    absent = sorted(set(names) - set(records["model"].unique()))
    if absent:
        raise ValueError(f"expected records of every trained network, got none of {absent[0]!r}")
    model = pd.Categorical(records["model"], categories=names).codes
    image, ids = pd.factorize(records["image_id"], sort=True)
    place, conditions = _conditions(records)
    shape = (len(names), len(conditions), len(ids))
    usable = (records["status"] == "ok").to_numpy(dtype=bool) & (model >= 0)
    at = (model[usable], place[usable], image[usable])
    seen, wrong, confidence = (np.zeros(shape, dtype=np.float32) for _ in range(3))
    seen[at] = 1
    wrong[at] = 1 - records["correct"].to_numpy(dtype=np.float32, na_value=0)[usable]
    confidence[at] = records["max_probability"].to_numpy(dtype=np.float32, na_value=0)[usable]
    whole = seen.all(axis=(0, 1))
    if not whole.any():
        raise ValueError("expected images that every network could read under every condition, got none")
    across = (len(models), len(models[0]), len(conditions), int(whole.sum()))
    return Outcomes(
        models=tuple(tuple(row) for row in models),
        conditions=conditions,
        ids=tuple(str(one) for one in np.asarray(ids)[whole]),
        wrong=wrong[..., whole].reshape(across),
        confidence=confidence[..., whole].reshape(across),
        left_out=int((~whole).sum()),
    )


def _conditions(records: pd.DataFrame) -> tuple[npt.NDArray[np.int64], tuple[Condition, ...]]:
    """The place of each row's condition among all conditions, and these in order."""
    columns = ["condition_kind", "condition_name", "condition_severity"]
    groups = records.groupby(columns, observed=True, sort=False)
    number = groups.ngroup().to_numpy()
    found = [
        Condition(kind=str(kind), name=str(name), severity=int(severity))
        for kind, name, severity in groups.size().reset_index()[columns].itertuples(index=False, name=None)
    ]
    order = sorted(found, key=condition_order)
    return np.array([order.index(one) for one in found], dtype=np.int64)[number], tuple(order)
