from dataclasses import replace
from pathlib import Path

import pytest

from benchmarks.conditions import CLEAN, Condition
from benchmarks.plan import image_seed
from benchmarks.zoo import ZooModel
from tests.conftest import MakePlan, write_images


def test_seeds_differ_between_images_and_runs() -> None:
    seeds = {image_seed(seed, f"image-{number}") for seed in range(10) for number in range(100)}
    assert len(seeds) == 1000
    assert all(-(2**63) <= seed < 2**63 for seed in seeds)


def test_blocks_cover_every_image_once(make_plan: MakePlan, colour_folder: Path) -> None:
    plan = make_plan(colour_folder, block_size=7)
    covered = [image for block in plan.blocks for image in plan.block(block)]
    assert covered == list(plan.samples.entries)
    assert plan.rows == 30 * 3


def test_the_fingerprint_sees_what_decides_the_records(make_plan: MakePlan, colour_folder: Path) -> None:
    plan = make_plan(colour_folder)
    assert plan.fingerprint() == make_plan(colour_folder).fingerprint()
    changed = [
        replace(plan, seed=1),
        replace(plan, profile="tiny"),
        replace(plan, precision="auto"),
        replace(plan, jpeg_roundtrip=True),
        replace(plan, conditions=(CLEAN,)),
        replace(plan, samples=plan.samples.select(range(29))),
        replace(plan, label_indices=({"blue": 0, "green": 2, "red": 1},)),
    ]
    assert len({plan.fingerprint(), *(other.fingerprint() for other in changed)}) == 1 + len(changed)


def test_the_fingerprint_forgets_where_the_data_lies(make_plan: MakePlan, colour_folder: Path) -> None:
    before = make_plan(colour_folder).fingerprint()
    (colour_folder.parent / "deeper").mkdir()
    moved = colour_folder.rename(colour_folder.parent / "deeper" / "data")
    assert make_plan(moved).fingerprint() == before
    write_images(moved, "red", 11)
    assert make_plan(moved).fingerprint() != before


def test_models_with_the_same_preparation_share_pixels(
    make_plan: MakePlan, colour_folder: Path, colour_model: ZooModel
) -> None:
    larger = replace(colour_model, name="larger", preparation=replace(colour_model.preparation, size=(20, 20)))
    again = replace(colour_model, name="again")
    plan = make_plan(colour_folder, models=(colour_model, larger, again))
    assert list(plan.groups.values()) == [[0, 2], [1]]
    assert set(plan.describe()["class_names"]) == {"colour", "larger", "again"}
    with pytest.raises(ValueError, match="expected models of different names, got 'colour' more than once"):
        make_plan(colour_folder, models=(colour_model, larger, colour_model))


@pytest.mark.parametrize("stored", [True, False])
def test_stored_conditions_are_decoded_one_by_one(make_plan: MakePlan, colour_folder: Path, stored: bool) -> None:
    kind = "published" if stored else "corruption"
    conditions = tuple(Condition(kind=kind, name="fog", severity=level) for level in (1, 2))
    plan = make_plan(colour_folder, conditions=conditions)
    assert plan.published == stored
    assert len(plan.sources) == (2 if stored else 1)
    assert next(iter(plan.groups)).resized != stored
