"""Records as (condition, image) arrays: small, aligned by image, independent of row order."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
import numpy.typing as npt
import pandas as pd

from benchmarks.conditions import CLEAN, Condition
from benchmarks.metrics import EXTRA_CORRUPTIONS, TEST_CORRUPTIONS

__all__ = ["COLUMNS", "Panel", "condition_order", "corrupted_cells", "read_panels"]

# The record columns a summary needs; reading only these keeps large runs small.
COLUMNS = [
    "model",
    "image_id",
    "path",
    "label",
    "label_name",
    "condition_kind",
    "condition_name",
    "condition_severity",
    "status",
    "note",
    "prediction",
    "rank",
    "correct",
    "max_probability",
    "loss",
    "brier",
]

Scalar = TypeVar("Scalar", bound=np.generic)

_ORDER = {name: place for place, name in enumerate((*TEST_CORRUPTIONS, *EXTRA_CORRUPTIONS))}
_CONDITION = ["condition_kind", "condition_name", "condition_severity"]


@dataclass(frozen=True, kw_only=True)
class Panel:
    """One model's records. Images are sorted by id and are the same for all models of a summary.

    Attributes:
        model: its name.
        conditions: (S,) clean first, then corruptions in the benchmark's order.
        image_id: (N,) ids, sorted.
        label_name: (N,) class of each image; "" for an image this model has no row of.
        label: (N,) its index among the model's classes; -1 likewise.
        ok: (S, N) True where there is a prediction. The next four are 0 where there is none.
        correct: (S, N) True where it is right.
        confidence: (S, N) max softmax, in [0, 1].
        prediction: (S, N) class index.
        rank: (S, N) of the label among the logits, 1 = highest.
        loss: (N,) -ln p(label) on clean images, nats; 0 where there is none.
        brier: (N,) Brier score on clean images, in [0, 2]; 0 where there is none.
        jpeg_roundtrip: whether images that were corrupted on the fly passed through JPEG; records do not say.
    """

    model: str
    conditions: tuple[Condition, ...]
    image_id: npt.NDArray[np.object_]
    label_name: npt.NDArray[np.object_]
    label: npt.NDArray[np.int32]
    ok: npt.NDArray[np.bool_]
    correct: npt.NDArray[np.bool_]
    confidence: npt.NDArray[np.float64]
    prediction: npt.NDArray[np.int32]
    rank: npt.NDArray[np.int32]
    loss: npt.NDArray[np.float64]
    brier: npt.NDArray[np.float64]
    jpeg_roundtrip: bool = False

    @property
    def clean(self) -> int | None:
        """Place of the clean condition, if there is one."""
        return self.conditions.index(CLEAN) if CLEAN in self.conditions else None


def condition_order(condition: Condition) -> tuple[int, int, str, int, str]:
    """Sort key: clean, the test corruptions, the extra ones, then others by name; by severity within each."""
    place = -1 if condition.kind == "clean" else _ORDER.get(condition.name, len(_ORDER))
    return int(condition.kind != "clean"), place, condition.name, condition.severity, condition.kind


def corrupted_cells(panel: Panel) -> list[int]:
    """Places of the conditions that means over corruptions count.

    A corruption that is there both published and made on the fly counts once, as published. The four extra
    corruptions count only where there are no others, since published means are over the test corruptions.
    """
    places = [s for s, condition in enumerate(panel.conditions) if condition.kind != "clean"]
    published = {panel.conditions[s].name for s in places if panel.conditions[s].kind == "published"}
    once = [s for s in places if panel.conditions[s].kind == "published" or panel.conditions[s].name not in published]
    main = [s for s in once if panel.conditions[s].name not in EXTRA_CORRUPTIONS]
    return main or once


def read_panels(records: pd.DataFrame) -> list[Panel]:
    """Arrange records by model, condition and image.

    Args:
        records: the columns of :data:`COLUMNS`, rows in any order.

    Returns:
        One panel per model, by name.

    Raises:
        ValueError: a column is missing, there are no rows, a row occurs twice, or a row with status ok lacks
            a score.
    """
    missing = [name for name in COLUMNS if name not in records.columns]
    if missing:
        raise ValueError(f"expected the record columns of `benchmarks.summary.COLUMNS`, missing {missing}")
    if records.empty:
        raise ValueError("expected records, got no rows; run the audit first")
    codes, ids = pd.factorize(records["image_id"], sort=True)
    place = codes.astype(np.int64)
    known = np.asarray(ids, dtype=object)
    return [_panel(model, records, rows, place, known) for model, rows in _models(records)]


def _models(records: pd.DataFrame) -> Iterator[tuple[str, npt.NDArray[np.intp]]]:
    codes, names = pd.factorize(records["model"], sort=False)
    by_name = sorted((str(name), code) for code, name in enumerate(names))
    for name, code in by_name:
        yield name, np.flatnonzero(codes == code)


def _panel(
    model: str,
    records: pd.DataFrame,
    rows: npt.NDArray[np.intp],
    place: npt.NDArray[np.int64],
    ids: npt.NDArray[np.object_],
) -> Panel:
    frame, image, n = records.iloc[rows], place[rows], len(ids)
    conditions, cell = _conditions(frame)
    _require_unique(model, cell * n + image, len(conditions) * n)
    usable = np.flatnonzero((frame["status"] == "ok").to_numpy(dtype=bool))
    at, scored = (cell[usable], image[usable]), frame.iloc[usable]
    shape = (len(conditions), n)
    clean = np.array([condition == CLEAN for condition in conditions])[at[0]]
    label, label_name = np.full(n, -1, dtype=np.int32), np.full(n, "", dtype=object)
    label[image] = frame["label"].to_numpy(dtype=np.int32)
    label_name[image] = frame["label_name"].astype(object).to_numpy()
    return Panel(
        model=model,
        conditions=conditions,
        image_id=ids,
        label_name=label_name,
        label=label,
        ok=_scatter(np.ones(len(usable), dtype=bool), at, shape),
        correct=_scatter(_scores(scored, "correct").astype(bool), at, shape),
        confidence=_scatter(_scores(scored, "max_probability"), at, shape),
        prediction=_scatter(_scores(scored, "prediction").astype(np.int32), at, shape),
        rank=_scatter(_scores(scored, "rank").astype(np.int32), at, shape),
        loss=_scatter(_scores(scored, "loss")[clean], at[1][clean], n),
        brier=_scatter(_scores(scored, "brier")[clean], at[1][clean], n),
    )


def _conditions(frame: pd.DataFrame) -> tuple[tuple[Condition, ...], npt.NDArray[np.int64]]:
    """The conditions in order, and each row's place among them."""
    groups = frame.groupby(_CONDITION, observed=True, sort=False)
    number = groups.ngroup().to_numpy()
    found = [Condition(kind=str(k), name=str(n), severity=int(s)) for k, n, s in _keys(number, frame)]
    ordered = tuple(sorted(found, key=condition_order))
    places = np.array([ordered.index(condition) for condition in found], dtype=np.int64)
    return ordered, places[number]


def _keys(number: npt.NDArray[np.integer], frame: pd.DataFrame) -> npt.NDArray[np.object_]:
    """(kind, name, severity) of each group, by group number."""
    _, first = np.unique(number, return_index=True)
    return np.asarray(frame[_CONDITION].take(first).astype(object))


def _require_unique(model: str, cells: npt.NDArray[np.int64], count: int) -> None:
    repeated = int((np.bincount(cells, minlength=count) > 1).sum())
    if repeated:
        raise ValueError(
            f"expected one record per (image, condition) of model {model!r}, got {repeated} repeated; "
            "give runs of the same model different names"
        )


def _scores(scored: pd.DataFrame, name: str) -> npt.NDArray[np.float64]:
    """A score column of rows with status ok, which has no gaps there."""
    values = scored[name].to_numpy(dtype=np.float64, na_value=np.nan)
    bad = int((~np.isfinite(values)).sum())
    if bad:
        raise ValueError(f"expected a finite `{name}` in every record with status ok, got {bad} without")
    return np.asarray(values)


def _scatter(
    values: npt.NDArray[Scalar],
    at: npt.NDArray[np.int64] | tuple[npt.NDArray[np.int64], ...],
    shape: int | tuple[int, ...],
) -> npt.NDArray[Scalar]:
    filled = np.zeros(shape, dtype=values.dtype)
    filled[at] = values
    return filled
