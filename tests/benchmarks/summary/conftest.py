"""Synthetic records: what a sweep would leave, through the real schema."""

from collections.abc import Callable, Sequence

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from benchmarks.conditions import CLEAN, Condition
from benchmarks.metrics import TEST_CORRUPTIONS
from benchmarks.summary.panel import COLUMNS
from reports.records import SCHEMA

MakeRecords = Callable[..., pd.DataFrame]


def one_condition(model: str, condition: Condition, n: int, classes: int, seed: int) -> dict[str, list[object]]:
    generator = np.random.default_rng([seed, *condition.name.encode(), condition.severity, *model.encode()])
    label = np.arange(n) % classes
    confidence = generator.beta(4, 1.5, n)
    correct = generator.random(n) < np.clip(confidence - 0.08 * condition.severity, 0.05, 1)
    rank = np.where(correct, 1, generator.integers(2, classes + 1, size=n))
    severity = np.full(n, condition.severity)
    return {
        "model": [model] * n,
        "dataset": ["made"] * n,
        "image_id": [f"image-{i:04d}" for i in range(n)],
        "path": [f"folder/image-{i:04d}.png" for i in range(n)],
        "label": list(label),
        "label_name": [f"class {k}" for k in label],
        "condition_kind": [condition.kind] * n,
        "condition_name": [condition.name] * n,
        "condition_severity": list(severity),
        "seed": [0] * n,
        "status": ["ok"] * n,
        "note": [""] * n,
        "prediction": list(np.where(correct, label, (label + 1) % classes)),
        "prediction_name": [""] * n,
        "top5": [[0]] * n,
        "rank": list(rank),
        "correct": list(correct),
        "max_probability": list(confidence),
        "margin": [0.0] * n,
        "entropy": [0.0] * n,
        "energy": [0.0] * n,
        "max_logit": [0.0] * n,
        "loss": list(-np.log(np.where(correct, confidence, (1 - confidence) / 2))),
        "brier": list(np.where(correct, (1 - confidence) ** 2, 1 + confidence**2)),
    }


def make(
    conditions: Sequence[Condition],
    *,
    n: int = 60,
    classes: int = 8,
    models: Sequence[str] = ("net",),
    bad: Sequence[tuple[str, Condition | None, str]] = (),
    seed: int = 0,
) -> pd.DataFrame:
    """Records of every model, condition and image; ``bad`` lists (image id, condition or None for all, status)."""
    parts = [one_condition(m, c, n, classes, seed) for m in models for c in conditions]
    rows = {name: [value for part in parts for value in part[name]] for name in SCHEMA.names}
    keys = zip(
        rows["image_id"],
        rows["condition_kind"],
        rows["condition_name"],
        rows["condition_severity"],
        strict=True,
    )
    for row, (image_id, kind, name, severity) in enumerate(keys):
        for bad_id, condition, status in bad:
            here = Condition(kind=str(kind), name=str(name), severity=int(severity))  # type: ignore[call-overload]
            if image_id == bad_id and condition in {None, here}:
                rows["status"][row], rows["note"][row] = status, "no image"
                for column in SCHEMA.names[SCHEMA.names.index("prediction") :]:
                    rows[column][row] = None
    arrays = {field.name: pa.array(_plain(rows[field.name])).cast(field.type) for field in SCHEMA}
    return pa.table(arrays, schema=SCHEMA).select(COLUMNS).unify_dictionaries().to_pandas()


def _plain(values: list[object]) -> list[object]:
    return [value.item() if isinstance(value, np.generic) else value for value in values]


def corruption(name: str, severity: int, kind: str = "corruption") -> Condition:
    return Condition(kind=kind, name=name, severity=severity)


@pytest.fixture
def make_records() -> MakeRecords:
    """Build synthetic records; see :func:`make`."""
    return make


@pytest.fixture
def few() -> list[Condition]:
    """Clean and two corruptions of two severities."""
    return [CLEAN, *(corruption(name, severity) for name in ("fog", "contrast") for severity in (2, 4))]


@pytest.fixture
def full() -> list[Condition]:
    """Clean and the whole benchmark, 15 x 5."""
    return [CLEAN, *(corruption(name, severity) for name in TEST_CORRUPTIONS for severity in range(1, 6))]
