"""Results as timm's own tables have them: percent, parameters in millions, image size and crop.

Reference:
    https://github.com/huggingface/pytorch-image-models/blob/main/results/results-imagenet.csv
"""

import re
from collections.abc import Mapping
from typing import Any

import pandas as pd

__all__ = ["TIMM_COLUMNS", "timm_results"]

TIMM_COLUMNS = [
    "model", "top1", "top1_err", "top5", "top5_err", "param_count", "img_size", "crop_pct", "interpolation",
]  # fmt: skip


def timm_results(metadata: Mapping[str, Any], headline: pd.DataFrame) -> pd.DataFrame:
    """One row a model with an accuracy on clean images, the best first; what is not known stays empty.

    Args:
        metadata: of the run.
        headline: its table.

    Returns:
        Columns :data:`TIMM_COLUMNS`, all as text with timm's digits.
    """
    grid = headline.pivot(index="model", columns="metric", values="value")
    if "accuracy" not in grid:
        return pd.DataFrame(columns=TIMM_COLUMNS)
    described = {str(model["name"]): model for model in metadata.get("models") or []}
    rows = [
        {"model": name, **_rates(row), **_described(described.get(str(name), {}))}
        for name, row in grid.dropna(subset=["accuracy"]).sort_values("accuracy", ascending=False).iterrows()
    ]
    return pd.DataFrame(rows, columns=TIMM_COLUMNS)


def _rates(row: Any) -> dict[str, str]:
    rates = {}
    for name, metric in (("top1", "accuracy"), ("top5", "accuracy_top5")):
        value = row.get(metric)
        known = value is not None and not pd.isna(value)
        rates[name] = f"{100 * value:.3f}" if known else ""
        rates[f"{name}_err"] = f"{100 - 100 * value:.3f}" if known else ""
    return rates


def _described(model: Mapping[str, Any]) -> dict[str, str]:
    size = [int(side) for side in model.get("input_size") or []]
    count = model.get("parameters")
    return {
        "param_count": "" if count is None else f"{count / 1e6:,.2f}",
        "img_size": "" if not size else str(size[0]) if len(set(size)) == 1 else "x".join(map(str, size)),
        **_transform(str(model.get("transform", ""))),
    }


def _transform(words: str) -> dict[str, str]:
    """Crop and interpolation out of a preparation in words, as far as they are said.

    Example:
        >>> _transform("resize (center, bicubic, crop fraction 0.875), centre crop 224x224")
        {'crop_pct': '0.875', 'interpolation': 'bicubic'}
    """
    found = re.search(r"resize \(\w+, (\w+), crop fraction ([\d.]+)\)", words)
    return {"crop_pct": f"{float(found[2]):.3f}" if found else "", "interpolation": found[1] if found else ""}
