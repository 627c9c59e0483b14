"""The tables of a comparison: recipes, their differences, single seeds, single cells, claims."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from benchmarks.augmentation.comparison import BASELINE, REFERENCE
from benchmarks.augmentation.metrics import Key, Recorded
from benchmarks.augmentation.resampling import Draws, Sampled, joint_figure, ratio_figure, seed_figure
from benchmarks.summary.figures import FIGURE, Figure, tidy

__all__ = [
    "CELLS",
    "DIFFERENCES",
    "GAP",
    "RECIPES",
    "SEEDS",
    "Compared",
    "cell_rows",
    "difference_rows",
    "gap_closed",
    "recipe_rows",
    "recipe_tables",
    "seed_rows",
]

RECIPES = ["recipe", "overlaps", "metric", "group", *FIGURE]
DIFFERENCES = ["recipe", "rival", "overlaps", "metric", "group", *FIGURE, "seeds", "lower", "clearly_lower",
               "clearly_higher"]  # fmt: skip
SEEDS = ["recipe", "seed", "metric", "group", *FIGURE]
CELLS = ["recipe", "condition_name", "condition_severity", "metric", *FIGURE]

GAP = Key("gap_closed", "clean")


@dataclass(frozen=True, kw_only=True)
class Compared:
    """All figures of a comparison.

    Attributes:
        recipes: R names; the reference, if there is one, last.
        overlaps: operations of each that overlap the test corruptions, in words; empty for none.
        seeds: S.
        figures: what was measured: for each key one entry for each recipe.
        draws: the resamples they share.
    """

    recipes: tuple[str, ...]
    overlaps: Mapping[str, str]
    seeds: tuple[int, ...]
    figures: Mapping[Key, Sequence[Sampled]]
    draws: Draws

    def of(self, recipe: str, key: Key) -> Sampled:
        """One figure of one recipe."""
        return self.figures[key][self.recipes.index(recipe)]


def recipe_tables(compared: Compared, recorded: Recorded, rivals: Mapping[str, Sequence[str]]) -> dict[str, Any]:
    """The tables ``augmentations``, ``augmentations_differences``, ``augmentations_seeds``, ``augmentations_cells``."""
    return {
        "augmentations": tidy(recipe_rows(compared), RECIPES),
        "augmentations_differences": tidy(difference_rows(compared, rivals), DIFFERENCES),
        "augmentations_seeds": tidy(seed_rows(compared), SEEDS),
        "augmentations_cells": tidy(cell_rows(compared, recorded), CELLS),
    }


def recipe_rows(compared: Compared) -> Iterator[dict[str, Any]]:
    """Means over seeds, recipe by recipe; with the share of the gap to the reference that each recipe closes."""
    for recipe in compared.recipes:
        head = {"recipe": recipe, "overlaps": compared.overlaps[recipe]}
        for key in compared.figures:
            figure = joint_figure(compared.of(recipe, key), compared.draws)
            yield {**head, **key._asdict(), **figure._asdict()}
        closed = gap_closed(compared, recipe)
        if closed is not None:
            yield {**head, **GAP._asdict(), **closed._asdict()}


def gap_closed(compared: Compared, recipe: str) -> Figure | None:
    """Share of the clean error between baseline and reference that a recipe takes away; None without a reference."""
    key = Key("error", "clean")
    if not {BASELINE, REFERENCE} <= set(compared.recipes) or key not in compared.figures:
        return None
    baseline, reference, own = (compared.of(name, key) for name in (BASELINE, REFERENCE, recipe))
    taken = baseline.minus(own)
    what = "(baseline - recipe) / (baseline - reference) of the clean error, each a mean over seeds"
    return ratio_figure(replace(taken, convention=what), baseline.minus(reference), compared.draws)


def difference_rows(compared: Compared, rivals: Mapping[str, Sequence[str]]) -> Iterator[dict[str, Any]]:
    """Each recipe minus its rivals, with the seeds in which it is lower, and clearly so."""
    for recipe, names in rivals.items():
        for rival in names:
            for key in compared.figures:
                difference = compared.of(recipe, key).minus(compared.of(rival, key))
                figure = joint_figure(difference, compared.draws)
                yield {
                    "recipe": recipe,
                    "rival": rival,
                    "overlaps": compared.overlaps[recipe],
                    **key._asdict(),
                    **figure._replace(convention=f"recipe minus rival, paired; {figure.convention}")._asdict(),
                    **_signs(difference),
                }


def _signs(difference: Sampled) -> dict[str, int]:
    """In how many seeds the difference is below 0, and its interval over images too."""
    figures = [seed_figure(difference, place) for place in range(len(difference.values))]
    return {
        "seeds": len(figures),
        "lower": sum(one.value < 0 for one in figures),
        "clearly_lower": sum(one.high < 0 for one in figures),
        "clearly_higher": sum(one.low > 0 for one in figures),
    }


def seed_rows(compared: Compared) -> Iterator[dict[str, Any]]:
    """Every seed alone."""
    for recipe in compared.recipes:
        for place, seed in enumerate(compared.seeds):
            for key in compared.figures:
                figure = seed_figure(compared.of(recipe, key), place)
                yield {"recipe": recipe, "seed": seed, **key._asdict(), **figure._asdict()}


def cell_rows(compared: Compared, recorded: Recorded) -> Iterator[dict[str, Any]]:
    """Error of every corruption at every severity."""
    for place, condition in enumerate(recorded.outcomes.conditions):
        wrong = recorded.outcomes.wrong[:, :, place].astype(np.float64)
        for recipe, sampled in zip(compared.recipes, recorded.sampled(wrong, "top-1"), strict=True):
            yield {
                "recipe": recipe,
                "condition_name": condition.name,
                "condition_severity": condition.severity,
                "metric": "error",
                **joint_figure(sampled, compared.draws)._asdict(),
            }
