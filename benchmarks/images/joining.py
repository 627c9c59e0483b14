"""Everything that a run knows of single images, in one frame by model and image id."""

from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from benchmarks.images.found import FOUND
from benchmarks.images.recorded import recorded_images
from reports.records import read_run

__all__ = ["join_images"]


def join_images(run: str | Path) -> pd.DataFrame:
    """Join what an audit and its sections found of every image.

    Args:
        run: the folder of an audit.

    Returns:
        One row per model and image: the columns of :func:`benchmarks.images.recorded.recorded_images`, then those of
        each section that the run holds. ``errors_half`` and ``score_*`` are of the clean image under ``errors``;
        ``attack_smallest_fooling`` and ``attack_smallest_evading`` the smallest change of any pixel, in 0..1, that
        fools, and fools past the detector; ``explain_<method>_<check>`` the checks of its maps, ``explain_map_*`` what
        maps have in common; ``factor_<layer>_<name>`` what a layer sees of an attribute; ``statistics_flips_<depth>``
        the share of exchanges of channel statistics that change the answer; ``stylex_attribute_<n>`` what attributes
        move, in log-odds. NaN where a section did not see the image.

    Raises:
        FileNotFoundError: the folder holds no audit.

    Example:
        >>> join_images("nowhere")
        Traceback (most recent call last):
        ...
        FileNotFoundError: expected a run folder with run.json, got nowhere
    """
    run = Path(run)
    names = [model["name"] for model in read_run(run)["models"]]
    recorded = recorded_images(run)
    frames = [_of_model(run, recorded[recorded["model"] == name], name, names) for name in names]
    return pd.concat(frames, ignore_index=True)


def _of_model(run: Path, rows: pd.DataFrame, name: str, names: Sequence[str]) -> pd.DataFrame:
    for find in FOUND.values():
        found = find(run, name, names.index(name))
        if found is not None:
            rows = rows.merge(found, on="image_id", how="left", validate="one_to_one")
    return rows
