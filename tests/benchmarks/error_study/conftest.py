"""Comparisons of made-up classifiers, as if they had been studied."""

import numpy as np
import pandas as pd

from benchmarks.error_study.measuring import PAIRS, SHUFFLED

_COLUMNS = ["population", "score", "against", "metric", "rows", "errors", "images", "samples", "reason"]


def made_comparisons(*, gain: float, clean_errors: int = 10, seed: int = 0, reason: str = "") -> pd.DataFrame:
    """The detector ``gain`` above every other score, give or take .01, on 1,000 rows of 100 images."""
    generator = np.random.default_rng(seed)
    rows = []
    for population, errors, count in (("mild", 250, 1000), ("clean", clean_errors, 100)):
        head = {"population": population, "rows": count, "errors": errors, "images": 100, "reason": reason}
        accuracy = {"score": "", "against": "", "metric": "accuracy", "samples": [1 - errors / count] * 3}
        rows.append(head | accuracy)
        found = {("random", "", "auroc"): 0.5, ("detector", SHUFFLED, "auroc"): 0.5}
        for score, other in PAIRS:
            own = gain if score == "detector" else 0.0
            found |= {(score, other, "auroc_gain"): own, (score, other, "augrc_change"): -10 * own}
        for (score, against, metric), value in found.items():
            noise = np.concatenate([[0.0], generator.uniform(-0.01, 0.01, 200)])
            samples = [] if reason else (value + noise).tolist()
            rows.append(head | {"score": score, "against": against, "metric": metric, "samples": samples})
    return pd.DataFrame(rows, columns=_COLUMNS)
