"""Tables of a comparison as the benchmark writes them, small."""

from itertools import product

import pandas as pd

__all__ = ["augmentation_tables"]

_LEVELS = {"baseline": 0.3, "padain": 0.25, "randaugment": 0.2}
_FIGURES = {
    ("error", "clean"): 0.1,
    ("mean_corruption_error", "all"): 1.0,
    ("mean_error", "noise"): 1.1,
    ("mean_error", "gaussian_noise"): 1.1,
    ("mean_error", "fog"): 1.2,
    ("augrc", "corrupted"): 0.4,
    ("ece", "corrupted"): 0.5,
    ("accuracy_under_attack", "clean"): 0.6,
    ("statistics_flip_rate", "pixels"): 0.7,
    ("statistics_flip_rate", "layer1"): 0.8,
    ("statistics_takeover_rate", "pixels"): 0.6,
    ("relative_cost", "training"): 5.0,
}


def augmentation_tables(recipes: tuple[str, ...] = tuple(_LEVELS)) -> dict[str, pd.DataFrame]:
    """The tables ``augmentations``, ``_differences``, ``_claims`` and ``_choice``; randaugment is flagged."""
    rows = [
        {"recipe": recipe, "overlaps": _overlaps(recipe), "metric": metric, "group": group}
        | _figure(level * _LEVELS.get(recipe, 0.22))
        for recipe, ((metric, group), level) in product(recipes, _FIGURES.items())
    ]
    differences = [
        {"recipe": recipe, "rival": recipes[0], "overlaps": _overlaps(recipe), "metric": metric, "group": group}
        | _figure(level * (_LEVELS.get(recipe, 0.22) - 0.3))
        | {"seeds": 5, "lower": 5, "clearly_lower": 4, "clearly_higher": 0}
        for recipe, ((metric, group), level) in product(recipes[1:], _FIGURES.items())
    ]
    claim = {"claim": "lower mean corruption error", "recipe": "padain", "rival": "baseline"}
    claims = [
        claim | {"metric": "mean_corruption_error", "group": "all", **_figure(-0.05), "bound": 0.0, "seeds": 5}
        | {"clearly": 5.0, "verdict": "holds"},
        claim | {"claim": "closes at least half of the gap", "metric": "gap_closed", "group": "clean"}
        | {**_figure(0.3), "bound": 0.5, "seeds": 5, "clearly": float("nan"), "verdict": "fails"},
    ]  # fmt: skip
    choice = [
        {"p": p, "metric": "validation_error", **_figure(error), "chosen": p == 0.1}
        for p, error in ((0.01, 0.3), (0.1, 0.2))
    ]
    return {
        "augmentations": pd.DataFrame(rows),
        "augmentations_differences": pd.DataFrame(differences),
        "augmentations_claims": pd.DataFrame(claims),
        "augmentations_choice": pd.DataFrame(choice),
    }


def _overlaps(recipe: str) -> str:
    return "brightness, contrast" if recipe == "randaugment" else ""


def _figure(value: float) -> dict[str, object]:
    return {"value": value, "low": value - 0.02, "high": value + 0.02, "n": 500, "convention": "mean of 5 seeds"}
