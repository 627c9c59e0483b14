"""Results as the Hugging Face Hub reads them: ``model-index`` of a model card, and ``.eval_results``.

Neither form has a place for intervals, so these stand in names and notes; the audit's own tables keep them as numbers.

Reference:
    https://github.com/huggingface/hub-docs/blob/main/modelcard.md (model-index);
    https://huggingface.co/docs/hub/eval-results (``.eval_results``).
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from reports.glossary import metric_label
from reports.tables import each_row, format_interval

__all__ = ["HubBenchmark", "eval_results", "model_index"]

_TASK = {"type": "image-classification", "name": "Image Classification"}
_CORRUPTED = ("mean_corruption_error", "mCE", "relative_mCE")


@dataclass(frozen=True, kw_only=True)
class HubBenchmark:
    """A data set of the Hub that has a leaderboard.

    Attributes:
        dataset: its id, such as ``owner/name``.
        task: id of the task in its ``eval.yaml``.
    """

    dataset: str
    task: str = "default"

    def __post_init__(self) -> None:
        if not self.dataset or not self.task:
            raise ValueError(f"expected ids of a data set and of a task, got {self.dataset!r} and {self.task!r}")


def model_index(model: str, metadata: Mapping[str, Any], headline: pd.DataFrame) -> dict[str, Any]:
    """The part ``model-index`` of a model card.

    Args:
        model: whose results.
        metadata: of the run.
        headline: the run's table; rows of other models and undefined figures are left out.
    """
    data = str((metadata.get("data") or {}).get("name", "images"))
    rows = [row for row in each_row(headline[headline["model"] == model]) if math.isfinite(row.value)]
    results = []
    for name, chosen in (
        (data, [row for row in rows if row.metric not in _CORRUPTED]),
        (f"{data}, corrupted", [row for row in rows if row.metric in _CORRUPTED]),
    ):
        if chosen:
            results.append({"task": dict(_TASK), "dataset": {"name": name, "type": data}, "metrics": _metrics(chosen)})
    return {"model-index": [{"name": model, "results": results}]}


def _metrics(rows: list[Any]) -> list[dict[str, Any]]:
    return [
        {"type": str(row.metric), "value": _number(row.value), "name": f"{metric_label(row.metric)} {_interval(row)}"}
        for row in rows
    ]


def eval_results(
    model: str, metadata: Mapping[str, Any], headline: pd.DataFrame, benchmark: HubBenchmark
) -> list[dict[str, Any]]:
    """The accuracy of a model on clean images as an entry of ``.eval_results``; empty without one.

    Args:
        model: whose accuracy, a fraction.
        metadata: of the run.
        headline: the run's table.
        benchmark: that the images are of.
    """
    rows = headline[(headline["model"] == model) & (headline["metric"] == "accuracy")]
    return [
        {
            "dataset": {"id": benchmark.dataset, "task_id": benchmark.task},
            "value": _number(row.value),
            "date": str(metadata["created"]),
            "notes": f"top-1 accuracy {_interval(row)}; {row.convention}; measured by classifier-audit",
        }
        for row in each_row(rows)
        if math.isfinite(row.value)
    ]


def _interval(row: Any) -> str:
    """The interval and n of a figure in words.

    Example:
        >>> from types import SimpleNamespace
        >>> _interval(SimpleNamespace(value=0.9, low=0.88, high=0.92, n=898, unit="fraction"))
        '(95 % interval 0.880, 0.920, n = 898)'
    """
    _, _, interval = format_interval(row.value, row.low, row.high, row.unit).partition(" [")
    within = f"95 % interval {interval.removesuffix(']')}, " if interval else ""
    return f"({within}n = {int(row.n):,})"


def _number(value: float) -> float:
    return float(f"{value:.6g}")
