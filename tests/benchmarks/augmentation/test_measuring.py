"""Attacks and exchanges of trained networks: the same images and partners for all, laws that hold."""

import numpy as np
import pandas as pd

from benchmarks.augmentation import measuring
from benchmarks.augmentation.measuring import Measured, measurable, read_measured
from benchmarks.augmentation.trainings import TrainingJob, comparison_jobs
from benchmarks.conditions import Condition
from benchmarks.datasets import Samples
from reports.records import read_records
from tests.benchmarks.augmentation.conftest import TINY, Finished
from tests.benchmarks.augmentation.test_trainings import chosen


def measured(finished: Finished) -> list[tuple[TrainingJob, Measured]]:
    jobs = comparison_jobs(TINY, finished.run, padain_p=chosen(finished), device="cpu")
    found = [(job, read_measured(job)) for job in jobs]
    return [(job, one) for job, one in found if one is not None]


def test_every_network_is_measured_on_the_same_images(finished: Finished) -> None:
    everything = measured(finished)
    assert len(everything) == 6
    assert len({tuple(one.attacked["image_id"]) for _, one in everything}) == 1
    assert {len(one.attacked) for _, one in everything} == {TINY.attack.images}
    depths = {tuple(one.exchanged["depth"].drop_duplicates()) for _, one in everything}
    assert len(depths) == 1 and next(iter(depths))[0] == "pixels"


def test_an_attack_never_helps(finished: Finished) -> None:
    records = read_records(finished.run / "audit", ["model", "image_id", "condition_kind", "correct"])
    clean = records[records["condition_kind"] == "clean"]
    for job, one in measured(finished):
        own = clean[clean["model"] == job.name].set_index("image_id")["correct"].astype(bool)
        after = one.attacked.set_index("image_id")["right"]
        assert (after <= own.loc[after.index]).all()


def test_shares_are_shares(finished: Finished) -> None:
    for _, one in measured(finished):
        values = one.exchanged[["flipped", "correct", "taken_over"]].to_numpy()
        assert (np.isnan(values) | ((values >= 0) & (values <= 1))).all()
        assert not one.exchanged["flipped"].isna().any()


def test_the_sweep_sees_the_tested_images(finished: Finished) -> None:
    job = measured(finished)[0][0]
    ids = {one.image_id for one in measuring.tested_samples(job).entries}
    assert len(ids) == TINY.images
    assert set(pd.unique(read_records(finished.run / "audit", ["image_id"])["image_id"])) == ids


def test_corrupted_images_alone_cannot_be_attacked(finished: Finished) -> None:
    from dataclasses import replace

    samples: Samples = measuring.tested_samples(measured(finished)[0][0])
    assert measurable(samples)
    fog = Condition(kind="published", name="fog", severity=1)
    assert not measurable(replace(samples, conditions=(fog,)))
