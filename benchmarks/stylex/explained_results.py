"""What an explained StylEx leaves behind: tables, galleries and frames."""

from pathlib import Path

import pandas as pd
import pyarrow as pa

from benchmarks.parts import write_part
from benchmarks.stylex.explained_pictures import courses_gallery, turned_gallery, write_courses
from benchmarks.stylex.explained_tables import (
    attributes_table,
    coordinates_table,
    courses_table,
    sufficiency_table,
)
from benchmarks.stylex.explaining import Explained
from benchmarks.stylex.fidelity import measure_fidelity
from benchmarks.stylex.frames import attribute_courses, turned_images
from benchmarks.zoo import ZooModel
from reports.gallery import write_gallery
from reports.tables import write_tables

__all__ = ["COURSES", "FRAMES", "write_explained_stylex"]

FRAMES = "stylex"
"""The folder of a run that holds all frames."""

COURSES = "stylex_courses"
"""The table that lists them."""


def write_explained_stylex(explained: Explained, model: ZooModel, run: Path) -> None:
    """Write everything into the folder of a run, where a report finds it.

    Args:
        explained: what was found.
        model: the classifier that the StylEx belongs to.
        run: the folder.
    """
    names = model.classifier.class_names
    head = {"model": model.name, "class_name": names[explained.setting.label]}
    tables = {
        "stylex_attributes": attributes_table(explained, **head),
        "stylex_sufficiency": sufficiency_table(explained, **head),
        "stylex_coordinates": coordinates_table(explained, **head),
        "stylex_fidelity": _fidelity(explained, model.name),
    }
    courses = attribute_courses(explained)
    tables[COURSES] = courses_table(explained, courses, **head)
    write_tables(run, tables)
    _keep_images(explained, model.name, run)
    write_courses(run / FRAMES, courses)
    write_gallery(run, courses_gallery(explained, courses, names=names))
    write_gallery(run, turned_gallery(explained, turned_images(explained), names=names))


def _keep_images(explained: Explained, model: str, run: Path) -> None:
    """Write the swing of every attribute for every held-out image that has an id."""
    swings = {
        f"attribute_{number}": finding.swings.numpy()
        for number, finding in enumerate(explained.verdicts.findings, start=1)
        if finding.significant
    }
    table = pa.table({"image_id": list(explained.ids), **(swings if explained.ids else {})})
    write_part(table, run / FRAMES / "images.parquet", model)


def _fidelity(explained: Explained, model: str) -> pd.DataFrame:
    table = measure_fidelity(explained.system, explained.images, seed=explained.setting.seed)
    table = table.rename(columns={"measure": "metric"})
    table["metric"] = "stylex_" + table["metric"]
    table.insert(0, "model", model)
    return table
