from pathlib import Path

import pytest
import torch

from benchmarks.augmentation.comparison import REFERENCE
from benchmarks.augmentation.trainings import comparison_jobs, do_training, trained_model
from tests.benchmarks.augmentation.conftest import TINY, Finished


def test_every_recipe_from_every_seed_and_the_reference(tmp_path: Path) -> None:
    jobs = comparison_jobs(TINY, tmp_path, padain_p=0.3, device="cpu")
    assert [(job.seed, job.recipe) for job in jobs] == [
        (seed, recipe) for seed in (0, 1) for recipe in ("baseline", "padain", REFERENCE)
    ]
    assert len({job.folder for job in jobs}) == len(jobs)
    assert [job.setting.recipe.padain for job in jobs] == [None, 0.3, None] * 2
    assert {job.images for job in jobs} == {2 * 128}


def test_the_reference_trains_on_other_images(tmp_path: Path) -> None:
    baseline, _, reference = comparison_jobs(TINY, tmp_path, padain_p=0.3, device="cpu")[:3]
    assert baseline.data.fingerprint != reference.data.fingerprint
    assert baseline.setting == reference.setting


def test_a_finished_training_is_found_again(finished: Finished) -> None:
    job = comparison_jobs(TINY, finished.run, padain_p=chosen(finished), device="cpu")[1]
    assert job.done
    told: list[int] = []
    do_training(job, told.append)
    assert not told
    model = trained_model(job).model
    assert model.name == "padain, seed 0"
    model.classifier.eval()
    assert model.classifier(torch.zeros(1, 3, 32, 32)).shape == (1, 4)


def test_seeds_are_paired(finished: Finished) -> None:
    """The same seed draws the same first weights: after two epochs networks of one seed are nearer than of two."""
    jobs = comparison_jobs(TINY, finished.run, padain_p=chosen(finished), device="cpu")
    first = {job.name: trained_model(job).model.classifier.module.conv1[0].weight for job in jobs}  # type: ignore
    near = (first["baseline, seed 0"] - first["padain, seed 0"]).norm()
    far = (first["baseline, seed 0"] - first["padain, seed 1"]).norm()
    assert near < far


def test_a_bed_without_reference_has_none(tmp_path: Path) -> None:
    from dataclasses import replace

    from benchmarks.augmentation.beds import DigitsBed

    digits = replace(TINY, bed=DigitsBed())
    jobs = comparison_jobs(digits, tmp_path, padain_p=None, device="cpu")
    assert REFERENCE not in {job.recipe for job in jobs}
    with pytest.raises(ValueError, match="bed with reference images"):
        _ = replace(jobs[0], recipe=REFERENCE).data


def chosen(finished: Finished) -> float:
    table = finished.tables["augmentations_choice"]
    return float(table.loc[table["chosen"], "p"].iloc[0])
