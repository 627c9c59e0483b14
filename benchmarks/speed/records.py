"""Records: how long a finished sweep of a whole validation set takes to become tables, findings and the page.

The records are made up, not inferred: a thousand classes, 50,000 images, clean and fifteen corruptions at five
severities, in blocks as a sweep leaves them. Measured is ``classifier-audit report``, in a process of its own.
"""

import json
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import torch

from benchmarks.conditions import CLEAN, Condition
from benchmarks.metrics import TEST_CORRUPTIONS
from reports.records import SCHEMA, write_records, write_run

__all__ = ["MadeUp", "measure_records", "write_made_up"]

_CONDITIONS = (
    CLEAN,
    *(Condition(kind="corruption", name=n, severity=s) for n in TEST_CORRUPTIONS for s in range(1, 6)),
)


@dataclass(frozen=True, kw_only=True)
class MadeUp:
    """How many records are made up.

    Attributes:
        images: of the data, in equal classes.
        classes: of data and model.
        block: images a file.
        conditions: of every image.
    """

    images: int = 50_000
    classes: int = 1_000
    block: int = 1_000
    conditions: tuple[Condition, ...] = _CONDITIONS


_SIZES = (MadeUp(images=1_000, classes=100), MadeUp())


def measure_records(device: torch.device) -> Iterator[pd.DataFrame]:  # noqa: ARG001 - no model runs
    """Make up records of 1,000 and of 50,000 images and report them.

    Yields:
        Records, seconds of the whole command on the clock and of the processor, and the peak resident set size.
    """
    rows = []
    for size in _SIZES:
        with tempfile.TemporaryDirectory() as folder:
            run = Path(folder)
            write_made_up(run, size)
            rows.append({"images": size.images, "records": size.images * len(size.conditions)} | _report(run))
    yield pd.DataFrame(rows)


def write_made_up(run: Path, size: MadeUp) -> None:
    """Write the records of a made-up sweep and its ``run.json``.

    Errors grow with severity and differ between classes, corruptions and images, as those of real classifiers do.
    """
    labels = np.arange(size.images) * size.classes // size.images
    hardness = np.random.default_rng(0).normal(0, 1, size.images)
    for block, first in enumerate(range(0, size.images, size.block)):
        chosen = np.arange(first, min(first + size.block, size.images))
        parts = [_rows(size, condition, chosen, labels[chosen], hardness[chosen]) for condition in size.conditions]
        write_records(pa.concat_tables(parts).unify_dictionaries(), run / "records" / f"block-{block:05d}.parquet")
    write_run(run, _metadata(size))


def _rows(size: MadeUp, condition: Condition, chosen: np.ndarray, labels: np.ndarray, hardness: np.ndarray) -> pa.Table:
    generator = np.random.default_rng([*condition.name.encode(), condition.severity, int(chosen[0])])
    names = np.array([f"n{number:08d}" for number in range(size.classes)])
    logit = 2.2 - hardness - 0.55 * condition.severity - 0.4 * np.sin(labels) + generator.normal(0, 0.6, len(chosen))
    correct = generator.random(len(chosen)) < 1 / (1 + np.exp(-logit))
    prediction = np.where(correct, labels, (labels + generator.integers(1, 6, len(chosen))) % size.classes)
    confidence = 1 / (1 + np.exp(-logit - generator.normal(0, 1, len(chosen)))) * 0.98 + 0.01
    truth = np.where(correct, confidence, (1 - confidence) / 2)
    ids = [f"{names[label]}/ILSVRC2012_val_{number:08d}.JPEG" for number, label in zip(chosen, labels, strict=True)]
    columns = {
        "model": np.full(len(chosen), "made_up"),
        "dataset": np.full(len(chosen), "made up"),
        "image_id": ids,
        "path": [f"/data/imagenet/val/{one}" for one in ids],
        "label": labels,
        "label_name": names[labels],
        "condition_kind": np.full(len(chosen), condition.kind),
        "condition_name": np.full(len(chosen), condition.name),
        "condition_severity": np.full(len(chosen), condition.severity),
        "seed": chosen,
        "status": np.full(len(chosen), "ok"),
        "note": np.full(len(chosen), ""),
        "prediction": prediction,
        "prediction_name": names[prediction],
        "top5": [[int(one)] for one in prediction],
        "rank": np.where(correct, 1, generator.integers(2, 30, len(chosen))),
        "correct": correct,
        "max_probability": confidence,
        "loss": -np.log(truth),
        "brier": (1 - truth) ** 2 + (confidence * ~correct) ** 2,
    }
    for name in ("margin", "entropy", "energy", "max_logit"):
        columns[name] = confidence
    arrays = {}
    for field in SCHEMA:
        word = pa.types.is_dictionary(field.type)
        array = pa.array(columns[field.name], type=pa.string()) if word else pa.array(columns[field.name])
        arrays[field.name] = array.dictionary_encode() if word else array.cast(field.type)
    return pa.table(arrays)


def _metadata(size: MadeUp) -> dict[str, object]:
    return {
        "title": "made up",
        "status": "complete",
        "models": [{"name": "made_up"}],
        "data": {"name": "made up", "images": size.images, "classes": size.classes},
        "plan": {"profile": "imagenet", "seed": 0, "preset": "full"},
    }


def _report(run: Path) -> dict[str, float]:
    """Seconds and peak of ``report`` in a process of its own; the start of Python and imports count."""
    started = time.perf_counter()
    command = [sys.executable, "-c", _CHILD, str(run)]
    done = subprocess.run(command, check=True, capture_output=True, text=True)  # noqa: S603  (our own command line)
    seconds = time.perf_counter() - started
    told = json.loads(done.stdout.strip().splitlines()[-1])
    unit = 1 if sys.platform == "darwin" else 1024
    page = (run / "report.html").stat().st_size
    return {
        "seconds": seconds,
        "processor_seconds": told["used"],
        "peak_MB": told["peak"] * unit / 1e6,
        "page_MB": page / 1e6,
    }


_CHILD = f"""
import json, resource, sys
from benchmarks.cli import app
app(["report", sys.argv[1]], standalone_mode=False)
used = resource.getrusage({resource.RUSAGE_SELF})
print(json.dumps({{"peak": used.ru_maxrss, "used": used.ru_utime + used.ru_stime}}))
"""
