"""The probability of pAdaIN: the lowest validation error wins, and no test image takes part."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from benchmarks.augmentation.choosing import choice_jobs, choice_table, chosen_p, read_choice
from tests.benchmarks.augmentation.conftest import TINY, Finished


def test_candidates_train_from_seeds_of_their_own(tmp_path: Path) -> None:
    jobs = choice_jobs(TINY, tmp_path, device="cpu")
    assert [(job.padain_p, job.seed) for job in jobs] == [(0.1, 7), (0.3, 7)]
    assert [job.setting.recipe.padain for job in jobs] == [0.1, 0.3]


def test_nothing_is_chosen_where_everything_is_said(tmp_path: Path) -> None:
    assert choice_jobs(replace(TINY, recipes=("baseline", "padain:0.1")), tmp_path, device="cpu") == []


def test_the_lowest_error_wins_and_of_equals_the_smaller_p(tmp_path: Path) -> None:
    comparison = replace(TINY, candidates=(0.1, 0.2, 0.3), choosing_seeds=(7, 8))
    jobs = choice_jobs(comparison, tmp_path, device="cpu")
    means = {0.1: 0.5, 0.2: 0.25, 0.3: 0.25}
    errors = [np.full(20, means[job.padain_p or 0]) for job in jobs]
    table = choice_table(jobs, errors)
    assert chosen_p(table) == 0.2
    assert table["value"].tolist() == pytest.approx([0.5, 0.25, 0.25])
    assert table["chosen"].tolist() == [False, True, False]
    assert (table["n"] == 20).all()


def test_errors_are_kept_for_each_validation_image(finished: Finished) -> None:
    jobs = choice_jobs(TINY, finished.run, device="cpu")
    for job in jobs:
        errors = read_choice(job)
        assert errors is not None and errors.shape == (32,)
        assert ((errors >= 0) & (errors <= 1)).all()
        # half of the weight is the clean image's, the rest is spread over four corruptions at three severities
        assert np.allclose(errors * 24, np.round(errors * 24))
    other = replace(jobs[0], comparison=replace(TINY, images=10))
    assert read_choice(other) is None, "another comparison's errors do not count"


def test_the_table_says_what_was_found(finished: Finished) -> None:
    table = finished.tables["augmentations_choice"]
    found = [read_choice(job) for job in choice_jobs(TINY, finished.run, device="cpu")]
    assert table["value"].tolist() == pytest.approx([float(one.mean()) for one in found if one is not None])
