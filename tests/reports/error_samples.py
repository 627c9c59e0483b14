"""Tables of error detection as the benchmark writes them, small."""

from itertools import product

import numpy as np
import pandas as pd

__all__ = ["error_tables"]


def error_tables(models: tuple[str, ...] = ("resnet",)) -> dict[str, pd.DataFrame]:
    """``errors``, ``errors_curves`` and ``errors_attacks`` of some models."""
    scores = {"max_softmax": 0.9, "tta_confidence": 0.92, "detector": 0.96, "random": 0.5}
    populations = ("clean", "mild", "severity 1", "corrupted")
    errors = [
        {"model": model, "population": population, "score": score, "passes": 1, "metric": metric, "value": value}
        for model, population, (score, auroc) in product(models, populations, scores.items())
        for metric, value in {"auroc": auroc, "augrc": 0.02, "auroc_gain": auroc - 0.9, "coverage_at_1": 0.8}.items()
        if (score, metric) != ("max_softmax", "auroc_gain")
    ]
    curves = [
        {"model": model, "population": population, "score": score, "coverage": coverage, "value": coverage / 5}
        for model, population, score, coverage in product(
            models, ("clean", "mild", "corrupted"), ("max_softmax", "detector"), np.linspace(0.1, 1, 10)
        )
    ]
    attacks = [
        {"model": model, "adversary": adversary, "score": "detector", "eps": eps, "metric": metric, "value": value}
        for model, (adversary, last), eps in product(models, {"unaware": 0.9, "aware": 0.2}.items(), (0.01, 0.02))
        for metric, value in {"auroc": 1 - eps * 50 * (1 - last), "fooled": 1.0}.items()
    ]
    attacks += [
        {"model": model, "adversary": "aware", "score": "detector", "eps": np.nan, "metric": "smallest_evading"}
        for model in models
    ]
    frames = {"errors": errors, "errors_curves": curves, "errors_attacks": attacks}
    return {name: _with_intervals(pd.DataFrame(rows)) for name, rows in frames.items()}


def _with_intervals(frame: pd.DataFrame) -> pd.DataFrame:
    return frame.assign(
        low=frame["value"] - 0.01, high=frame["value"] + 0.01, n=400, convention="40 errors in 400 rows"
    )
