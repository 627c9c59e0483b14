"""The maps that an explain run left of single images, and the method that its checks speak for."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq

from benchmarks.explanations import CONTROL
from benchmarks.explanations.maps import read_maps
from reports.tables import read_tables

__all__ = ["KeptMaps", "kept_maps"]


@dataclass(frozen=True, kw_only=True)
class KeptMaps:
    """One method's maps, (H, W) each, by image id; ``method`` is empty where there are none."""

    method: str = ""
    maps: Mapping[str, npt.NDArray[np.float32]] = field(default_factory=dict)


def kept_maps(run: Path, model: str, position: int) -> KeptMaps:
    """The maps of the predicted classes by the method that deletion and insertion believe most, among images at random.

    Args:
        run: the run folder.
        model: the model's name.
        position: of the model in the run.
    """
    folder, method = run / "explanations" / f"model-{position + 1:02d}", _most_believed(run, model)
    try:
        ids = pq.read_table(folder / "images.parquet", columns=["image_id"])["image_id"].to_pylist()
        maps = read_maps(pq.read_table(folder / f"{method}.parquet", columns=["map"])).numpy()
    except (pa.ArrowException, OSError):
        return KeptMaps()
    if len(maps) < len(ids):  # of another choice of images
        return KeptMaps()
    return KeptMaps(method=method, maps=dict(zip(ids, maps[: len(ids)], strict=True)))


def _most_believed(run: Path, model: str) -> str:
    summary = read_tables(run).get("explanations_summary")
    if summary is None:
        return ""
    own = summary[(summary["model"] == model) & (summary["group"] == "random") & (summary["method"] != CONTROL)]
    wide = own.pivot(index="method", columns="metric", values="value")
    if not {"insertion_blurred", "deletion_blurred"} <= set(wide.columns):
        return ""
    belief = (wide["insertion_blurred"] - wide["deletion_blurred"]).dropna()
    return str(belief.idxmax()) if len(belief) else ""
