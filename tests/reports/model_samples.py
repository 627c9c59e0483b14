"""Invented comparisons of models, of the shapes the page expects."""

import pandas as pd

_METRICS = (("error", "fraction", 0.05), ("mean_corruption_error", "fraction", 0.2))


def differences_table(models: tuple[str, ...] = ("a", "b"), corruptions: tuple[str, ...] = ("fog",)) -> pd.DataFrame:
    rows = []
    for place, model in enumerate(models[:-1]):
        for other in models[place + 1 :]:
            kinds = [("", metric, unit, size) for metric, unit, size in _METRICS]
            kinds += [(name, "mean_error", "fraction", 0.1) for name in corruptions]
            for name, metric, unit, size in kinds:
                row = {"model": model, "other": other, "condition_name": name, "metric": metric, "unit": unit}
                rows.append(row | {"value": size, "low": size - 0.06, "high": size + 0.06})
    return pd.DataFrame(rows).assign(n=898, convention="difference, paired by image")


def ranks_table(models: tuple[str, ...] = ("a", "b")) -> pd.DataFrame:
    rows = []
    for metric, *_ in _METRICS:
        for place, model in enumerate(models, start=1):
            rows.append({"model": model, "metric": metric, "rank": 0, "value": place, "low": 1, "high": len(models)})
            for rank in range(1, len(models) + 1):
                value = 0.7 if rank == place else 0.3 / (len(models) - 1)
                rows.append({"model": model, "metric": metric, "rank": rank, "value": value})
    table = pd.DataFrame(rows)
    table["low"], table["high"] = (
        table["low"].fillna(table["value"] - 0.03),
        table["high"].fillna(table["value"] + 0.03),
    )
    return table.assign(n=898, convention="share of resamples")
