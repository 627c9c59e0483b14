"""What pAdaIN promises, put to the test: each claim with its figure, its interval and what follows.

A claim holds if the whole interval is on its side, fails if the whole interval is on the other side, and is open
otherwise. Claims that are about every seed also count the seeds.
"""

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pandas as pd

from benchmarks.augmentation.comparison import BASELINE, REFERENCE
from benchmarks.augmentation.metrics import Key
from benchmarks.augmentation.resampling import Sampled, joint_figure, seed_figure
from benchmarks.augmentation.table import GAP, Compared, gap_closed
from benchmarks.summary.figures import FIGURE, Figure, tidy

__all__ = ["CLAIMS", "claims_table", "verdict"]

CLAIMS = ["claim", "recipe", "rival", "metric", "group", *FIGURE, "bound", "seeds", "clearly", "verdict"]

_ERROR = Key("mean_corruption_error", "all")
_NAMED = Key("mean_error", "contrast, brightness, fog")
_OTHERS = Key("mean_error", "all others")
_RELIANCE = {
    "statistics_flip_rate": "fewer answers change with statistics",
    "statistics_takeover_rate": "fewer answers are taken over with statistics",
}
_DEPTHS = 2  # pixels, where no recipe trained for an exchange, and the first stage
_HALF = 0.5


def claims_table(compared: Compared) -> pd.DataFrame:
    """Judge every claim that the recipes allow.

    Returns:
        Columns :data:`CLAIMS`: ``bound`` is what the value must lie below (or above, for what is gained), ``clearly``
        in how many seeds the interval over images lies on the claim's side.
    """
    rows: list[dict[str, Any]] = []
    for recipe, rival in (("padain", BASELINE), ("augmix+padain", "augmix")):
        if {recipe, rival} <= set(compared.recipes):
            rows += _of_pair(compared, recipe, rival)
    if {"padain", REFERENCE} <= set(compared.recipes):
        rows += _of_gap(compared)
    return tidy(rows, CLAIMS)


def verdict(figure: Figure, bound: float, *, below: bool) -> str:
    """Whether a claim holds.

    Example:
        >>> verdict(Figure(-0.02, -0.03, -0.01, 100, ""), 0.0, below=True)
        'holds'
    """
    holds, fails = (figure.high < bound, figure.low > bound) if below else (figure.low > bound, figure.high < bound)
    return "holds" if holds else "fails" if fails else "open"


def _of_pair(compared: Compared, recipe: str, rival: str) -> Iterator[dict[str, Any]]:
    def difference(key: Key) -> Sampled:
        return compared.of(recipe, key).minus(compared.of(rival, key))

    claims: list[tuple[str, Key, Callable[[], Sampled]]] = [
        ("lower mean corruption error", _ERROR, lambda: difference(_ERROR)),
        (
            "gains more on contrast, brightness and fog than on the others",
            _NAMED,
            lambda: difference(_NAMED).minus(difference(_OTHERS)),
        ),
    ]
    for claim, key, sampled in claims:
        needed = {_NAMED, _OTHERS} if key == _NAMED else {key}
        if needed <= set(compared.figures):
            yield _row(compared, (claim, recipe, rival, key), sampled(), every_seed=False)
    for metric, claim in _RELIANCE.items():
        for key in [key for key in compared.figures if key.metric == metric][:_DEPTHS]:
            what = (f"{claim} at {key.group}, in every seed", recipe, rival, key)
            yield _row(compared, what, difference(key), every_seed=True)


def _row(compared: Compared, what: tuple[str, str, str, Key], sampled: Sampled, *, every_seed: bool) -> dict[str, Any]:
    claim, recipe, rival, key = what
    figure = joint_figure(sampled, compared.draws)
    clearly = sum(seed_figure(sampled, place).high < 0 for place in range(len(sampled.values)))
    said = verdict(figure, 0.0, below=True)
    if every_seed and said == "holds" and clearly < len(sampled.values):
        said = "open"
    return {
        "claim": claim,
        "recipe": recipe,
        "rival": rival,
        **key._asdict(),
        **figure._replace(convention=f"recipe minus rival, paired; {figure.convention}")._asdict(),
        "bound": 0.0,
        "seeds": len(sampled.values),
        "clearly": clearly,
        "verdict": said,
    }


def _of_gap(compared: Compared) -> Iterator[dict[str, Any]]:
    closed = gap_closed(compared, "padain")
    if closed is not None:
        yield {
            "claim": "closes at least half of the gap to the reference",
            "recipe": "padain",
            "rival": BASELINE,
            **GAP._asdict(),
            **closed._asdict(),
            "bound": _HALF,
            "seeds": len(compared.seeds),
            "clearly": np.nan,
            "verdict": verdict(closed, _HALF, below=False),
        }
