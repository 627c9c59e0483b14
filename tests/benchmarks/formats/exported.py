"""A run of two models as an audit leaves it, small."""

from pathlib import Path
from typing import Any

import pandas as pd

from reports.records import write_run
from reports.tables import write_tables

HUB_NAME = "a: b"  # a name that YAML would misread unless it is quoted


def metadata(**changes: Any) -> dict[str, Any]:
    model = {"parameters": 25_557_032, "input_size": [224, 224]}
    words = "resize (center, bicubic, crop fraction 0.875), centre crop 224x224"
    return {
        "created": "2030-01-02T03:04:05+00:00",
        "status": "complete",
        "data": {"name": "val"},
        "models": [
            {**model, "name": "net.one", "transform": words},
            {**model, "name": HUB_NAME, "transform": "centre crop 32x32, no resize", "input_size": [32, 48]},
        ],
    } | changes


def headline() -> pd.DataFrame:
    rows = [
        ("net.one", "accuracy", 0.8125, 0.79, 0.83, "fraction"),
        ("net.one", "accuracy_top5", 0.95, 0.94, 0.96, "fraction"),
        ("net.one", "mCE", 71.25, 70.5, 72.0, "percent"),
        ("net.one", "fpr95", float("nan"), float("nan"), float("nan"), "fraction"),
        (HUB_NAME, "accuracy", 0.9, 0.88, 0.92, "fraction"),
        (HUB_NAME, "mean_corruption_error", 0.31, 0.30, 0.32, "fraction"),
    ]
    table = pd.DataFrame(rows, columns=["model", "metric", "value", "low", "high", "unit"])
    return table.assign(n=500, convention="clean images, top-1; Wilson 95 %")


def cells() -> pd.DataFrame:
    rows = [
        (model, kind, name, severity, "accuracy", 0.8 - 0.1 * severity)
        for model in ("net.one", HUB_NAME)
        for kind, name, severity in (("clean", "clean", 0), ("corruption", "fog", 1), ("corruption", "fog", 3))
    ]
    columns = ["model", "condition_kind", "condition_name", "condition_severity", "metric", "value"]
    return pd.DataFrame(rows, columns=columns)


def write_exported(run: Path, **changes: Any) -> Path:
    run.mkdir(parents=True, exist_ok=True)
    write_run(run, metadata(**changes))
    write_tables(run, {"headline": headline(), "cells": cells()})
    return run
