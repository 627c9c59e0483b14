"""The table of confounders as the benchmark writes it, small."""

import pandas as pd

__all__ = ["confounder_table"]

_METRICS = {"shift": 0.3, "arrived": 0.9, "readable": 0.95, "leak": 0.01, "round_trip": 0.2}


def confounder_table(models: tuple[str, ...] = ("resnet",), confounders: tuple[str, ...] = ("hue",)) -> pd.DataFrame:
    """``confounders`` of some models; the coin stands last."""
    rows = []
    for model in models:
        for name in (*confounders, "coin"):
            flips = 0.02 if name == "coin" else 0.6
            for of, more in (("flow", 0.0), ("linear", 0.1)):
                rows.append((model, name, of, "flipped", "", flips + more))
                rows += [(model, name, of, metric, "", value) for metric, value in _METRICS.items()]
                rows += [(model, name, of, "pair", "a → b", flips), (model, name, of, "pair", "b → a", flips / 2)]
    frame = pd.DataFrame(rows, columns=["model", "confounder", "map", "metric", "subject", "value"])
    return frame.assign(
        low=frame["value"] - 0.01, high=frame["value"] + 0.01, n=180, convention="over resampled images"
    )
