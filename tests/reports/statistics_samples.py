"""A table of global statistics as the benchmark writes it, small."""

from itertools import product

import pandas as pd

__all__ = ["statistics_table"]

_DEPTHS = {"pixels": 0.0, "stem": 0.2, "layer1": 0.6, "layer2": 0.95, "all": float("nan")}
_KINDS = {
    ("accuracy_drop", "any"): 0.3,
    ("accuracy_drop", "other_class"): 0.35,
    ("accuracy_drop", "same_class"): -0.01,
    ("accuracy_drop", "difference"): 0.36,
    ("flip_rate", "any"): 0.35,
    ("flip_rate", "other_class"): 0.4,
    ("flip_rate", "same_class"): 0.02,
    ("flip_rate", "difference"): 0.38,
    ("takeover_rate", "other_class"): 0.3,
}


def statistics_table(models: tuple[str, ...] = ("resnet",)) -> pd.DataFrame:
    """``global_statistics`` of some models."""
    rows = [
        {"model": model, "depth": depth, "share": share, "metric": metric, "pairs": pairs}
        | {"value": value * (1 - 0.1 * place), "low": value - 0.05, "high": value + 0.05}
        for (place, model), (depth, share), ((metric, pairs), value) in product(
            enumerate(models), _DEPTHS.items(), _KINDS.items()
        )
    ]
    return pd.DataFrame(rows).assign(n=500, convention="mean over 3 partners for each image")
