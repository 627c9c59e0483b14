from dataclasses import replace
from pathlib import Path

import torch

from benchmarks.conditioning import apply_condition
from benchmarks.conditions import CLEAN, Condition
from benchmarks.stored_form import jpeg_roundtrip
from robustness.corruptions import corrupt
from tests.conftest import MakePlan

IMAGES = torch.arange(2 * 3 * 16 * 16, dtype=torch.int64).remainder(251).to(torch.uint8).view(2, 3, 16, 16)
SEEDS = torch.tensor([3, 4])


def test_it_corrupts_by_the_plans_profile(make_plan: MakePlan, colour_folder: Path) -> None:
    plan = make_plan(colour_folder)
    noise = Condition(kind="corruption", name="gaussian_noise", severity=4)
    for profile in ("cifar", "tiny"):
        expected = corrupt(IMAGES, "gaussian_noise", 4, seeds=SEEDS, profile=profile)
        assert torch.equal(apply_condition(replace(plan, profile=profile), noise, IMAGES, seeds=SEEDS), expected)


def test_the_round_trip_comes_after_corruption_and_spares_the_others(make_plan: MakePlan, colour_folder: Path) -> None:
    plan = make_plan(colour_folder, jpeg_roundtrip=True)
    noise = Condition(kind="corruption", name="gaussian_noise", severity=4)
    corrupted = corrupt(IMAGES, "gaussian_noise", 4, seeds=SEEDS, profile="cifar")
    assert torch.equal(apply_condition(plan, noise, IMAGES, seeds=SEEDS), jpeg_roundtrip(corrupted))
    for untouched in (CLEAN, Condition(kind="published", name="gaussian_noise", severity=4)):
        assert apply_condition(plan, untouched, IMAGES, seeds=SEEDS) is IMAGES
