"""Tables from figures whose truth is known."""

import numpy as np
import pandas as pd
import pytest

from benchmarks.augmentation.comparison import BASELINE, REFERENCE
from benchmarks.augmentation.metrics import Key
from benchmarks.augmentation.table import (
    CELLS,
    DIFFERENCES,
    RECIPES,
    SEEDS,
    difference_rows,
    gap_closed,
    recipe_rows,
    seed_rows,
)
from benchmarks.summary.figures import tidy
from tests.benchmarks.augmentation.conftest import Finished, made_up

ERROR = Key("error", "clean")
COMPARED = made_up({BASELINE: 0.0, "padain": -0.06, REFERENCE: -0.1}, key=ERROR)


def test_means_over_seeds_with_intervals() -> None:
    table = tidy(recipe_rows(COMPARED), RECIPES)
    errors = table[table["metric"] == "error"].set_index("recipe")
    assert errors["value"].to_dict() == pytest.approx({BASELINE: 0.3, "padain": 0.24, REFERENCE: 0.2}, abs=0.01)
    assert (errors["low"] < errors["value"]).all() and (errors["value"] < errors["high"]).all()
    assert errors["convention"].str.contains("mean of 5 seeds").all()


def test_the_gap_is_closed_as_far_as_it_is() -> None:
    table = tidy(recipe_rows(COMPARED), RECIPES)
    closed = table[table["metric"] == "gap_closed"].set_index("recipe")
    assert closed["value"].to_dict() == pytest.approx({BASELINE: 0, "padain": 0.6, REFERENCE: 1}, abs=0.1)
    assert closed.loc[REFERENCE, ["low", "high"]].tolist() == pytest.approx([1, 1])
    assert closed.loc["padain", "low"] < 0.6 < closed.loc["padain", "high"]


def test_without_a_reference_there_is_no_gap() -> None:
    assert gap_closed(made_up({BASELINE: 0.0, "padain": 0.1}, key=ERROR), "padain") is None


def test_differences_are_paired_and_seeds_are_counted() -> None:
    rows = tidy(difference_rows(COMPARED, {"padain": (BASELINE,), BASELINE: ()}), DIFFERENCES)
    assert rows[["recipe", "rival"]].to_numpy().tolist() == [["padain", BASELINE]]
    row = rows.iloc[0]
    assert row["value"] == pytest.approx(-0.06, abs=0.01) and row["high"] < 0
    assert row[["seeds", "lower", "clearly_lower", "clearly_higher"]].tolist() == [5, 5, 5, 0]
    alone = tidy(recipe_rows(COMPARED), RECIPES).iloc[0]
    assert row["high"] - row["low"] < 0.5 * (alone["high"] - alone["low"])


def test_every_seed_alone() -> None:
    rows = tidy(seed_rows(COMPARED), SEEDS)
    assert len(rows) == 3 * 5
    own = rows[rows["recipe"] == "padain"].set_index("seed")["value"]
    assert np.allclose(own, COMPARED.of("padain", ERROR).values)
    assert rows["convention"].str.contains("one seed").all()


def test_cells_average_to_the_mean(finished: Finished) -> None:
    cells = finished.tables["augmentations_cells"]
    assert list(cells.columns) == CELLS
    table = finished.tables["augmentations"]
    means = table[table["metric"] == "mean_corruption_error"].set_index("recipe")["value"]
    own: pd.Series = cells[cells["condition_severity"] > 0].groupby("recipe")["value"].mean()
    assert own.to_dict() == pytest.approx(means.to_dict())
