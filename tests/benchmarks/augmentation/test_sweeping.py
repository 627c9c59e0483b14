from dataclasses import replace
from pathlib import Path

from benchmarks.augmentation.sweeping import resolve_audit, sweep_jobs
from benchmarks.augmentation.trainings import comparison_jobs
from benchmarks.sweep import shard_path
from reports.records import read_records, read_run
from tests.benchmarks.augmentation.conftest import TINY, Finished
from tests.benchmarks.augmentation.test_trainings import chosen


def test_units_are_dealt_to_all_processes_and_found_again(finished: Finished, tmp_path: Path) -> None:
    jobs = comparison_jobs(TINY, finished.run, padain_p=chosen(finished), device="cpu")
    plan = replace(resolve_audit(jobs).plan, block_size=3)
    dealt = sweep_jobs(plan, jobs, tmp_path, processes=2)
    assert [one.blocks for one in dealt] == [(0, 2), (1, 3)]
    assert sweep_jobs(plan, jobs, tmp_path, processes=9)[-1].blocks == (3,)
    whole = resolve_audit(jobs).plan
    assert sweep_jobs(whole, jobs, finished.run / "audit", processes=2) == []
    assert shard_path(finished.run / "audit", 0).exists()


def test_all_networks_share_images_and_every_test_corruption(finished: Finished) -> None:
    jobs = comparison_jobs(TINY, finished.run, padain_p=chosen(finished), device="cpu")
    plan = resolve_audit(jobs).plan
    assert [model.name for model in plan.models] == [job.name for job in jobs]
    assert len(plan.samples.entries) == TINY.images
    assert len(plan.conditions) in {71, 76}, "clean, and 15 x 5, or 14 x 5 without the frost textures"
    assert plan.profile == "cifar"


def test_its_folder_is_an_audit_of_its_own(finished: Finished) -> None:
    metadata = read_run(finished.run / "audit")
    assert metadata["status"] == "complete" and len(metadata["models"]) == 6
    jobs = comparison_jobs(TINY, finished.run, padain_p=chosen(finished), device="cpu")
    assert len(read_records(finished.run / "audit", ["model"])) == resolve_audit(jobs).plan.rows
