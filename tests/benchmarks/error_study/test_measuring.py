"""One small study, run once: what is kept, what is compared, and that it continues."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch

from benchmarks.error_study.measuring import PAIRS, SHUFFLED, find_study, unfinished_work
from benchmarks.error_study.protocol import Protocol

TINY = Protocol(kinds=(("convnet", 40),), seeds=(9,), steps=25, images=120, corruptions=("fog", "contrast"), severity=2)


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("study")


@pytest.fixture(scope="module")
def found(run: Path) -> pd.DataFrame:
    work: list[int] = []
    expected = unfinished_work(TINY, run)
    frame = find_study(TINY, TINY.classifiers[0], run, device=torch.device("cpu"), on_work=work.append)
    assert sum(work) == expected == 25 + 120
    return frame


def one(found: pd.DataFrame, *key: str) -> np.ndarray:
    columns = ["population", "score", "against", "metric"]
    row = found[(found[columns] == list(key)).all(axis=1)]
    assert len(row) == 1
    return np.asarray(row["samples"].iloc[0], dtype=np.float64)


def test_gains_are_differences_on_the_same_resamples(found: pd.DataFrame) -> None:
    for score, other in PAIRS:
        mine, theirs = (one(found, "mild", name, "", "auroc") for name in (score, other))
        assert np.allclose(one(found, "mild", score, other, "auroc_gain"), mine - theirs)
    assert len(mine) == 1001


def test_rows_are_those_of_the_evaluation_half(found: pd.DataFrame) -> None:
    counts = found.groupby("population")[["rows", "images"]].first()
    assert counts.loc["mild"].tolist() == [180, 60] and counts.loc["clean"].tolist() == [60, 60]
    errors = found.groupby("population")["errors"].first()
    assert one(found, "mild", "", "", "accuracy")[0] == pytest.approx(1 - errors["mild"] / 180)


def test_shuffled_labels_tell_nothing(found: pd.DataFrame) -> None:
    shuffled = one(found, "mild", "detector", SHUFFLED, "auroc")
    assert len(shuffled) == 50 and shuffled.mean() == pytest.approx(0.5, abs=0.05) and shuffled.std() > 0


def test_what_is_finished_is_not_done_again(found: pd.DataFrame, run: Path) -> None:
    assert unfinished_work(TINY, run) == 0
    again = find_study(TINY, TINY.classifiers[0], run, device=torch.device("cpu"), on_work=lambda _: pytest.fail())
    assert again["metric"].tolist() == found["metric"].tolist()
    assert all(np.array_equal(a, b, equal_nan=True) for a, b in zip(again["samples"], found["samples"], strict=True))
