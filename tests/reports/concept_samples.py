"""Tables of concepts as the benchmark writes them, small."""

from itertools import product

import pandas as pd

__all__ = ["concept_tables"]

_SWAPS = {"marker": 0.33, "hue": 0.02, "residual": 0.01}
_ATTRIBUTES = ("marker", "hue")


def concept_tables(where: tuple[tuple[str, str], ...] = (("resnet", "fc:input"),)) -> dict[str, pd.DataFrame]:
    """``concepts`` and the tables beside it, of some layers of models."""
    tables: dict[str, list[dict[str, object]]] = {
        "concepts": _concepts(),
        "concepts_factors": _factors(),
        "concepts_association": [
            {"attribute": "marker", "other": "hue", "associated": True, "after": 0.02, "effective_n": 321.4}
            | _figure(0.6, 2000)
            | {"reweighted": True, "convention": "Cramér's V"}
        ],
        "concepts_wrong": [
            {"factor": "marker", "reading": "1", "correct": 90, "finding": "lacking"} | _figure(-1.2, 12),
            {"factor": "hue", "reading": "value", "correct": 90, "finding": ""} | _figure(0.05, 12),
        ],
    }
    return {
        name: pd.DataFrame([{"model": model, "layer": layer} | row for model, layer in where for row in rows])
        for name, rows in tables.items()
    }


def _concepts() -> list[dict[str, object]]:
    rows: list[dict[str, object]] = []
    for name, (factor, share) in product(("rotation", "flow"), _SWAPS.items()):
        head = {"map": name, "factor": factor}
        rows += [
            head | {"metric": metric, "other": ""} | _figure(share) for metric in ("swap_changes", "swap_to_donor")
        ]
        rows += [head | {"metric": "logit_spread", "other": one} | _figure(5 * share) for one in ("cat", "dog")]
        rows += [
            head | {"metric": "leakage", "other": one} | _figure(0.9 if one == factor else 0.02) for one in _ATTRIBUTES
        ]
    every = {"map": "rotation", "factor": "all features", "metric": "leakage", "other": "hue"}
    return [*rows, every | _figure(0.95)]


def _factors() -> list[dict[str, object]]:
    named = {"marker": (1, 0.97), "hue": (3, 0.8), "coin": (0, 0.1)}
    rows = [
        {"factor": name, "source": "attribute table", "represented": size > 0, "dimensions": size, "eigenvalue": top}
        | {"null": 0.25, "pairs": 1000, "statement": f"{name}: said"}
        | _figure(top / 4)
        for name, (size, top) in named.items()
    ]
    left = dict.fromkeys(("eigenvalue", "null", "value", "low", "high"), float("nan"))
    same = {"factor": "same", "represented": False, "dimensions": 0, "pairs": 0, "n": 0, "source": None}
    return [*rows, same | left | {"statement": "same: the same in all images"}]


def _figure(value: float, n: int = 500) -> dict[str, object]:
    return {
        "value": value,
        "low": value - 0.05 * abs(value),
        "high": value + 0.05 * abs(value),
        "n": n,
        "convention": "said",
    }
