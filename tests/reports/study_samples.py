"""Small tables of a study of classifiers, and of a choice of transforms."""

import math

import pandas as pd

__all__ = ["choice_table", "study_rows", "study_tables"]

_RIVALS = (("max_softmax", 0.05), ("tta_confidence", -0.01))


def study_rows(names: list[str]) -> pd.DataFrame:
    """Gains of the detector on each classifier; every second one does not count."""
    rows = [
        {"classifier": name, "group": group, "population": population, "errors": 250, "score": "detector"}
        | {"against": against, "metric": metric, "value": value, "low": value - 0.01, "high": value + 0.02}
        for name, group in zip(names, ["counted", "weak"] * len(names), strict=False)
        for population in ("mild", "clean")
        for metric in ("auroc_gain", "augrc_change")
        for against, value in _RIVALS
    ]
    return pd.DataFrame(rows)


def study_tables() -> dict[str, pd.DataFrame]:
    """Both tables of a study."""
    bar = {"question": "AUROC above max_softmax: intervals above 0", "population": "mild", "value": 2.0, "n": 2}
    bar |= {"low": math.nan, "high": math.nan, "needed": ">= 2", "reached": "yes"}
    return {"error_study": study_rows(["a", "$b$"]), "error_study_bars": pd.DataFrame([bar])}


def choice_table() -> pd.DataFrame:
    """A model's two chosen transforms."""
    head = {"model": "net", "metric": "auroc", "low": math.nan, "high": math.nan, "n": 9, "convention": "how"}
    rows = [head | {"transform": "original", "passes": 1, "value": 0.9}]
    rows.append(head | {"transform": "rotate(6)", "passes": 2, "value": math.nan})
    return pd.DataFrame(rows)
