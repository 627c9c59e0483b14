"""What a comparison leaves behind: tables, figures and a page."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from benchmarks.augmentation.claims import claims_table
from benchmarks.augmentation.comparison import BASELINE, REFERENCE, Comparison
from benchmarks.augmentation.measuring import measurable, read_measured, tested_samples
from benchmarks.augmentation.metrics import Key, Recorded, accuracy_metrics, confidence_metrics, measured_metrics
from benchmarks.augmentation.outcomes import RECORD_COLUMNS, gather_outcomes
from benchmarks.augmentation.resampling import Sampled, draw_both
from benchmarks.augmentation.table import Compared, recipe_tables
from benchmarks.augmentation.trainings import TrainingJob, trained_model
from benchmarks.report import write_report
from benchmarks.summary.corruptions import STORED
from reports.published import published_recipes
from reports.records import read_records, write_run
from reports.reference import read_reference
from reports.tables import write_tables

__all__ = ["Findings", "comparison_tables", "write_results"]


@dataclass(frozen=True, kw_only=True)
class Findings:
    """A comparison whose parts are all finished.

    Attributes:
        comparison: what was compared.
        trainings: every network, seed by seed.
        choice: how the probability of pAdaIN was chosen; None if every recipe said it.
        padain_p: what was chosen.
        audit: the run folder of the sweep.
    """

    comparison: Comparison
    trainings: Sequence[TrainingJob]
    choice: pd.DataFrame | None
    padain_p: float | None
    audit: Path

    @property
    def recipes(self) -> tuple[str, ...]:
        """Names, the reference last."""
        return tuple(dict.fromkeys(job.recipe for job in self.trainings))

    @property
    def grid(self) -> list[list[TrainingJob]]:
        """R x S trainings."""
        found = {(job.recipe, job.seed): job for job in self.trainings}
        return [[found[recipe, seed] for seed in self.comparison.seeds] for recipe in self.recipes]


def write_results(found: Findings, run: Path, metadata: dict[str, Any]) -> dict[str, pd.DataFrame]:
    """Write tables, figures and page; the page comes last.

    Args:
        found: a finished comparison.
        run: its folder.
        metadata: content of ``run.json``.
    """
    tables = comparison_tables(found)
    write_tables(run, tables)
    chosen = {} if found.padain_p is None else {"padain_p": found.padain_p}
    write_run(run, metadata | {"status": "complete", "chosen": chosen})
    write_report([run], run)
    return tables


def comparison_tables(found: Findings) -> dict[str, pd.DataFrame]:
    """All tables of a comparison by name."""
    recorded = _recorded(found)
    figures = dict(_figures(found, recorded))
    recipes = [found.comparison.recipe(name, found.padain_p) for name in found.recipes]
    compared = Compared(
        recipes=found.recipes,
        overlaps={name: ", ".join(recipe.overlaps) for name, recipe in zip(found.recipes, recipes, strict=True)},
        seeds=found.comparison.seeds,
        figures=figures,
        draws=recorded.draws,
    )
    tables = recipe_tables(compared, recorded, found.comparison.rivals)
    claims = claims_table(compared)
    tables |= {"augmentations_claims": claims} if len(claims) else {}
    tables |= {"augmentations_choice": found.choice} if found.choice is not None else {}
    return tables | {"published": _published(found, tables["augmentations"])}


def _recorded(found: Findings) -> Recorded:
    names = [[job.name for job in row] for row in found.grid]
    outcomes = gather_outcomes(read_records(found.audit, RECORD_COLUMNS), names)
    published = any(one.kind == "published" for one in outcomes.conditions)
    draws = draw_both(len(outcomes.ids), len(found.comparison.seeds), seed=0)
    return Recorded(outcomes=outcomes, draws=draws, origin=STORED if published else "made on the fly")


def _figures(found: Findings, recorded: Recorded) -> Any:
    yield from accuracy_metrics(recorded)
    yield from confidence_metrics(recorded)
    if measurable(tested_samples(found.trainings[0])):
        attack = found.comparison.attack
        said = f"PGD, linf {attack.eps:g}/255, {attack.steps} steps, one random start"
        measured = [[one for job in row if (one := read_measured(job)) is not None] for row in found.grid]
        yield from measured_metrics(measured, recorded, attack=said)
    yield from _costs(found)


def _costs(found: Findings) -> Any:
    """Training images a second, and the time of an image relative to the baseline's."""
    speeds = {row[0].recipe: np.array([trained_model(job).images_per_second for job in row]) for row in found.grid}
    how = "training without evaluation; one thread each in processes side by side"
    yield Key("images_per_second", "training"), [_by_seed(speed, how) for speed in speeds.values()]
    if BASELINE in speeds:
        costs = (speeds[BASELINE] / speed for speed in speeds.values())
        said = f"time of a training image over that of {BASELINE}, same seed; {how}"
        yield Key("relative_cost", "training"), [_by_seed(cost, said) for cost in costs]


def _by_seed(values: "np.typing.NDArray[np.float64]", convention: str) -> Sampled:
    """A figure that no image enters."""
    return Sampled(values=values, samples=values[:, None], n=len(values), convention=convention)


def _published(found: Findings, table: pd.DataFrame) -> pd.DataFrame:
    """The own recipes above those that others published."""
    own = table[table["recipe"].ne(REFERENCE) & table["metric"].isin(["error", "mean_corruption_error"])]
    own = own.assign(
        model=found.comparison.training.architecture,
        training=own["recipe"],
        dataset=found.trainings[0].data.name,
        note=own["convention"],
    )
    return published_recipes(own, read_reference())
