"""What sections of an audit found of single images, each as a frame by image id: read from the run folder."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from reports.tables import read_tables

__all__ = ["FOUND", "MODEL_FOLDER"]

MODEL_FOLDER = "model-{:02d}"
"""The folder of a model's findings, by its number from 1."""

_CHECKS = (
    "insertion_blurred", "deletion_blurred", "insertion_mean_colour", "deletion_mean_colour",
    "sensitivity", "randomised_correlation", "relative_gap",
)  # fmt: skip
_RADII = ("smallest_fooling", "smallest_evading")

Find = Callable[[Path, str, int], pd.DataFrame | None]
"""A run folder, a model's name and its place to a frame with ``image_id``, or None where nothing was found."""


def _scores(run: Path, model: str, position: int) -> pd.DataFrame | None:
    """Confidence and consistency scores of the clean image, and the half that it was in."""
    del position
    rows = _read(run / "errors" / "scores.parquet")
    if rows is None:
        return None
    rows = rows[(rows["model"] == model) & (rows["condition_severity"] == 0) & (rows["status"] == "ok")]
    names = [name for name in rows.columns if name.startswith("score_")]
    return rows[["image_id", "half", *names]].rename(columns={"half": "errors_half"})


def _radii(run: Path, model: str, position: int) -> pd.DataFrame | None:
    """The smallest change of any pixel that attacks found to be enough; infinite where none was."""
    del model
    rows = _read(run / "errors" / f"radii-{position:02d}.parquet")
    if rows is None:
        return None
    return rows[["image_id", *_RADII]].rename(columns={name: f"attack_{name}" for name in _RADII})


def _maps(run: Path, model: str, position: int) -> pd.DataFrame | None:
    """Checks of the maps of every method, and what maps have in common."""
    shared = _read(run / "explanations" / MODEL_FOLDER.format(position + 1) / "images.parquet")
    rows = read_tables(run).get("explanations")
    if rows is None or shared is None:
        return None
    rows = rows[rows["model"] == model]
    wide = rows.pivot(index="image_id", columns="method", values=list(_CHECKS))
    wide.columns = wide.columns.map(lambda pair: f"explain_{pair[1]}_{pair[0]}")
    named = shared.rename(columns={name: f"explain_{name}" for name in shared.columns if name != "image_id"})
    return named.merge(wide.astype(float).reset_index(), on="image_id", how="left")


def _factors(run: Path, model: str, position: int) -> pd.DataFrame | None:
    """What layers see of every attribute."""
    del model
    frames = []
    for path in sorted((run / "concepts" / MODEL_FOLDER.format(position + 1)).glob("*-readings.parquet")):
        rows, layer = _read(path), path.stem.removesuffix("-readings")
        if rows is not None:
            names = {name: f"factor_{layer}_{name}" for name in rows.columns if name != "image_id"}
            frames.append(rows.rename(columns=names).set_index("image_id"))
    return pd.concat(frames, axis=1).reset_index() if frames else None


def _statistics(run: Path, model: str, position: int) -> pd.DataFrame | None:
    """Share of partners of other classes whose channel statistics change the answer, by depth."""
    del model
    rows = _read(run / "global_statistics" / MODEL_FOLDER.format(position + 1) / "images.parquet")
    if rows is None:
        return None
    wide = rows.pivot(index="image_id", columns="depth", values="other_class")[list(dict.fromkeys(rows["depth"]))]
    wide.columns = pd.Index([f"statistics_flips_{depth}" for depth in wide.columns])
    return wide.reset_index()


def _attributes(run: Path, model: str, position: int) -> pd.DataFrame | None:
    """How far every attribute of a StylEx, from end to end, moves the log-odds of its class; the first model's."""
    del model
    rows = _read(run / "stylex" / "images.parquet") if position == 0 else None
    if rows is None or len(rows.columns) < 2:
        return None
    return rows.rename(columns={name: f"stylex_{name}" for name in rows.columns if name != "image_id"})


FOUND: dict[str, Find] = {
    "errors": _scores,
    "attacks": _radii,
    "explain": _maps,
    "concepts": _factors,
    "global-statistics": _statistics,
    "stylex": _attributes,
}
"""What can be read of single images, by what found it."""


def _read(path: Path) -> pd.DataFrame | None:
    """A frame with text ids; None where there is none, or it cannot be read."""
    try:
        frame: pd.DataFrame = pq.read_table(path).to_pandas()
    except (pa.ArrowException, OSError):
        return None
    for name in frame.select_dtypes("bool").columns:
        frame[name] = frame[name].astype(np.float64)
    return frame.assign(image_id=frame["image_id"].astype(str))
