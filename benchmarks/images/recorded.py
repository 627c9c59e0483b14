"""What an audit recorded, a row per model and image: the clean answer, and what corruptions did to it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd

from reports.records import read_records

__all__ = ["FLIP_SEVERITY", "recorded_images"]

FLIP_SEVERITY = "flip_severity_"
"""What the columns of the lowest severity at which a corruption changes the answer begin with."""

_KEYS = ["model", "image_id"]
_CONDITION = ["condition_name", "condition_severity"]
_CLEAN = [
    "path", "label_name", "status", "prediction_name", "correct", "max_probability", "margin", "entropy", "loss",
]  # fmt: skip
_NONE = -1

Places = npt.NDArray[np.int64]


@dataclass(frozen=True, kw_only=True)
class _Grid:
    """Answers of M images under C conditions, milder ones first: (M, C) predicted classes, -1 without an answer."""

    names: npt.NDArray[np.str_]
    severities: Places
    predictions: Places
    wrong: npt.NDArray[np.float64]


def recorded_images(run: Path) -> pd.DataFrame:
    """Read the records of a run as one row per model and image.

    Args:
        run: a run folder with records.

    Returns:
        ``model``, ``image_id``, ``path``, ``label``; of the first condition, which is clean where there is a clean one,
        ``status``, ``prediction``, ``correct``, ``max_probability``, ``margin``, ``entropy`` and ``loss``; over the
        corrupted conditions ``corrupted_wrong``, the share of wrong answers, ``corrupted_flips``, the share of answers
        that differ from the clean one, and ``conditions``, their number; ``first_flip_corruption`` and
        ``first_flip_severity``, the mildest condition that changes the answer (of several corruptions at one severity
        the first of the run); and ``flip_severity_<corruption>``, infinite where none of the severities does.
    """
    columns = [*_KEYS, *_CONDITION, "condition_kind", "prediction", *_CLEAN]
    records = read_records(run, columns)
    conditions = records[[*_CONDITION, "condition_kind"]].drop_duplicates(ignore_index=True)
    first = conditions.iloc[0]
    under = (records["condition_name"] == first["condition_name"]) & (
        records["condition_severity"] == first["condition_severity"]
    )
    clean = records.loc[under, [*_KEYS, *_CLEAN, "prediction"]].reset_index(drop=True)
    frame = clean[[*_KEYS, *_CLEAN]].astype(dict.fromkeys((*_KEYS, "path", "label_name", "status"), str))
    frame = frame.rename(columns={"label_name": "label", "prediction_name": "prediction"})
    frame["prediction"] = frame["prediction"].astype(str).where(clean["prediction"].notna())
    grid = _grid(records[~under], clean)
    reference = clean["prediction"].fillna(_NONE).to_numpy(np.int64) if first["condition_kind"] == "clean" else None
    corrupted = pd.DataFrame(dict(_corrupted(grid, reference)), index=frame.index)
    joined: pd.DataFrame = pd.concat([frame, corrupted], axis=1)
    return joined


def _grid(records: pd.DataFrame, clean: pd.DataFrame) -> _Grid:
    order = {name: place for place, name in enumerate(records["condition_name"].unique())}
    conditions = sorted(
        set(zip(records["condition_name"].astype(str), records["condition_severity"].astype(int), strict=True)),
        key=lambda one: (one[1], order[one[0]]),
    )
    index = pd.MultiIndex.from_frame(clean[_KEYS].astype(str))
    rows = index.get_indexer(pd.MultiIndex.from_frame(records[_KEYS].astype(str)))
    columns = pd.MultiIndex.from_tuples(conditions or [("", 0)]).get_indexer(
        pd.MultiIndex.from_arrays([records["condition_name"].astype(str), records["condition_severity"].astype(int)])
    )
    predictions = np.full((len(clean), len(conditions)), _NONE, dtype=np.int64)
    wrong = np.full(predictions.shape, np.nan)
    there = (rows >= 0) & records["prediction"].notna().to_numpy()
    predictions[rows[there], columns[there]] = records["prediction"].to_numpy(np.float64)[there].astype(np.int64)
    wrong[rows[there], columns[there]] = ~records["correct"].to_numpy()[there].astype(bool)
    return _Grid(
        names=np.array([name for name, _ in conditions], dtype=np.str_),
        severities=np.array([severity for _, severity in conditions], dtype=np.int64),
        predictions=predictions,
        wrong=wrong,
    )


def _corrupted(grid: _Grid, reference: Places | None) -> Iterator[tuple[str, Sequence[object]]]:
    answered = grid.predictions != _NONE
    count = answered.sum(axis=1)
    yield "conditions", count.tolist()
    yield "corrupted_wrong", _share(np.nansum(grid.wrong, axis=1), count)
    if reference is None:
        return
    known = reference != _NONE
    flipped = answered & (grid.predictions != reference[:, None]) & known[:, None]
    yield "corrupted_flips", _share(np.where(known, flipped.sum(axis=1), np.nan), count)
    any_flip, place = flipped.any(axis=1), flipped.argmax(axis=1) if flipped.size else np.zeros(len(known), dtype=int)
    yield "first_flip_corruption", [str(grid.names[p]) if f else None for p, f in zip(place, any_flip, strict=True)]
    yield (
        "first_flip_severity",
        [float(grid.severities[p]) if f else float("nan") for p, f in zip(place, any_flip, strict=True)],
    )
    for name in dict.fromkeys(grid.names.tolist()):
        own = grid.names == name
        severities = np.where(flipped[:, own], grid.severities[own], np.inf).min(axis=1)
        yield FLIP_SEVERITY + name, np.where(known & answered[:, own].any(axis=1), severities, np.nan).tolist()


def _share(part: npt.NDArray[np.float64], whole: Places) -> Sequence[object]:
    with np.errstate(invalid="ignore", divide="ignore"):
        shares: list[object] = (part / whole).tolist()
    return shares
